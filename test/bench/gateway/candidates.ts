/** Who takes part: our gateway and its peers, each as a process tree of its own in front of the same backend, and nobody at all. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { stringify } from 'yaml';
import { projectFolder } from '../../../apps/standalone/src/project-folder.js';
import { cpuSeconds, descriptorCount, residentBytes, treeOf } from './process-tree.js';

const project = projectFolder();
const START_MS = 30_000;
/** The peers' versions. They are installed into a cache outside the tree: nothing of ours needs them. */
const PEERS = { 'configurable-http-proxy': '5.3.0', 'http-proxy-3': '2.0.1' };
export const ASSET = '/assets/asset.bin';
const ASSET_BYTES = 100 * 1024;

export interface Place {
  /** A folder of this run's own. */
  readonly folder: string;
  readonly backendPort: number;
}

/** One that is running. */
export class Candidate {
  constructor(
    readonly name: string,
    readonly port: number,
    readonly child?: ChildProcess,
  ) {}

  get processes(): readonly number[] {
    return this.child?.pid === undefined ? [] : treeOf(this.child.pid);
  }

  get cpu(): number {
    return cpuSeconds(this.processes);
  }

  get bytes(): number {
    return residentBytes(this.processes);
  }

  get descriptors(): number {
    return descriptorCount(this.processes);
  }

  async end(): Promise<void> {
    if (!this.child || this.child.exitCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child?.kill('SIGKILL'), 5_000);
    await exited;
    clearTimeout(timer);
  }
}

async function start(
  name: string,
  port: number,
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Candidate> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: process.env.PATH, NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS ?? '', ...env },
  });
  const end = performance.now() + START_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || performance.now() > end) throw new Error(`${name} did not start`);
    await pause(50);
  }
  return new Candidate(name, port, child);
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The gateway's own program, with the keys in `data` and the website of one asset. */
export async function startOurs({ folder, backendPort }: Place, workers = 1): Promise<Candidate> {
  const port = await freePort();
  const website = join(folder, 'website');
  mkdirSync(join(website, 'assets'), { recursive: true });
  writeFileSync(join(website, 'index.html'), '<!doctype html>');
  // Noise: what compresses would be sent smaller than by the others.
  writeFileSync(join(website, ASSET), randomBytes(ASSET_BYTES));
  const file = join(folder, `gateway-${workers}.yaml`);
  const limits = { connections: 200_000, connectionsPerAddress: 200_000, connectionsPerUser: 200_000 };
  writeFileSync(
    file,
    stringify({
      installation: { id: 'bench' },
      data: 'data',
      http: { port },
      gateway: { website, workers, limits },
      log: { level: 'error' },
    }),
  );
  const main = join(project, 'dist/gateway/gateway.mjs');
  return start(workers === 1 ? 'ours' : `ours, ${workers} workers`, port, process.execPath, ['--max-semi-space-size=4', main], {
    DESKHAND_CONFIG: file,
    DESKHAND_API: `http://127.0.0.1:${backendPort}`,
  });
}

/** Debian's nginx as a plain proxy: no token is checked. @param buffers of its answers; its own 4 or 8 KiB by default */
async function startNginx(name: string, { folder, backendPort }: Place, buffers = ''): Promise<Candidate> {
  const port = await freePort();
  const own = join(folder, name.replaceAll(/\W+/g, '-'));
  mkdirSync(own);
  const file = join(own, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${own};`).join(' ');
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${own}/pid; error_log ${own}/error.log; user root;
events { worker_connections 20000; }
worker_rlimit_nofile 40000;
http {
  access_log off; ${temporary}
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream backend { server 127.0.0.1:${backendPort}; keepalive 64; }
  keepalive_requests 1000000;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      proxy_pass http://backend; proxy_http_version 1.1; proxy_read_timeout 1h; ${buffers}
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
    }
  }
}`,
  );
  return start(name, port, 'nginx', ['-p', own, '-c', file]);
}

interface Cache {
  readonly cached: (kind: string, key: string, make: (folder: string) => Promise<void>) => Promise<string>;
  readonly keyOf: (paths: readonly string[], ...values: readonly unknown[]) => string;
}

async function peersFolder(): Promise<string> {
  const { cached, keyOf } = (await import(pathToFileURL(join(project, 'test/cluster/cache.mjs')).href)) as Cache;
  return cached('bench-peers', keyOf([], PEERS), async (into: string) => {
    const packages = Object.entries(PEERS).map(([name, version]) => `${name}@${version}`);
    const npm = spawn('npm', ['install', '--prefix', into, '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {
      stdio: 'ignore',
    });
    const [code] = await once(npm, 'exit');
    if (code !== 0) throw new Error(`npm could not install ${packages.join(', ')}`);
  });
}

async function startConfigurableHttpProxy({ backendPort }: Place): Promise<Candidate> {
  const [port, apiPort] = [await freePort(), await freePort()];
  const bin = join(await peersFolder(), 'node_modules/configurable-http-proxy/bin/configurable-http-proxy');
  const options = { '--ip': '127.0.0.1', '--port': port, '--api-port': apiPort, '--default-target': `http://127.0.0.1:${backendPort}` };
  const args = Object.entries(options).flatMap(([name, value]) => [name, String(value)]);
  return start('configurable-http-proxy', port, process.execPath, [bin, ...args, '--log-level', 'error']);
}

async function startHttpProxy3({ backendPort }: Place): Promise<Candidate> {
  const port = await freePort();
  const program = join(project, 'test/bench/gateway/peers/http-proxy-3.mjs');
  return start('http-proxy-3', port, process.execPath, [program, await peersFolder(), String(port), `http://127.0.0.1:${backendPort}`]);
}

const LARGE_BUFFERS = 'proxy_buffer_size 64k; proxy_buffers 8 64k; proxy_busy_buffers_size 128k;';

/** By name; `direct` is the backend itself. */
export const starters: Readonly<Record<string, (place: Place) => Promise<Candidate>>> = {
  ours: startOurs,
  nginx: (place) => startNginx('nginx', place),
  'nginx, 64 KiB buffers': (place) => startNginx('nginx, 64 KiB buffers', place, LARGE_BUFFERS),
  'configurable-http-proxy': startConfigurableHttpProxy,
  'http-proxy-3': startHttpProxy3,
  direct: async ({ backendPort }) => new Candidate('direct', backendPort),
  'ours, 2 workers': (place) => startOurs(place, 2),
};
