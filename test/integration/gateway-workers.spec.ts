/** The gateway's own program, as processes: workers on one port, metrics on another, and what its clients see when it is told to end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { stringify } from 'yaml';
import { DesktopTokenIssuer, KeyRing } from '#libs/tokens';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { type AgentStandIn, startAgentStandIn } from '../support/agent-stand-in.js';
import { freePort } from '../support/free-port.js';
import { bearer, DESKTOP, DISPLAY } from '../support/gateway-rig.js';

const secret = Buffer.alloc(32, 7);
let folder: string;
let port: number;
let metricsPort: number;
let agent: AgentStandIn;
let token: string;
const children: ChildProcess[] = [];
const ends: (() => void)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-workers-'));
  [port, metricsPort] = [await freePort(), await freePort()];
  const ring = await KeyRing.open(join(folder, 'data/keys'));
  agent = await startAgentStandIn({ desktop: DESKTOP, run: 1, secret });
  const target = { address: '127.0.0.1', port: agent.port, secret };
  token = (
    await new DesktopTokenIssuer(ring, 'test').issue({ userId: 'u', sessionId: 's', desktop: DESKTOP, run: 1, scopes: ['control'], target })
  ).token;
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
});
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
  }
  await agent.close();
  rmSync(folder, { recursive: true, force: true });
});

async function start(workers: number, options: { isOwnGroup?: boolean; output?: 'pipe' } = {}): Promise<ChildProcess> {
  const file = join(folder, 'deskhand.yaml');
  const gateway = { workers, website: folder, metrics: { port: metricsPort } };
  writeFileSync(
    file,
    stringify({ installation: { id: 'test' }, data: 'data', http: { port }, gateway, log: { level: options.output ? 'error' : 'fatal' } }),
  );
  const main = join(projectFolder(), 'dist/gateway/gateway.mjs');
  expect(existsSync(main)).toBe(true);
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, DESKHAND_CONFIG: file },
    stdio: options.output ?? 'inherit',
    detached: options.isOwnGroup ?? false,
  });
  children.push(child);
  await expect.poll(() => accepts(port), { timeout: 20_000 }).toBe(true);
  await expect.poll(() => accepts(metricsPort), { timeout: 20_000 }).toBe(true);
  return child;
}

const accepts = (to: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(to, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
      } catch {
        return false;
      }
    })
    .map(Number);

async function open(): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${DISPLAY}`, 'binary', { headers: bearer(token) });
  ends.push(() => socket.terminate());
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
};

describe('two workers', () => {
  it('share one port: connections lie on both, and the metrics are those of both', async () => {
    const { pid } = await start(2);
    const workers = childrenOf(pid as number);
    expect(workers).toHaveLength(2);
    await Promise.all(Array.from({ length: 40 }, open));
    expect(await metric('deskhand_gateway_desktop_connections')).toBe(40);
    expect(await metric('deskhand_gateway_websockets_total')).toBe(40);
    const sockets = workers.map((worker) => readdirSync(`/proc/${worker}/fd`).length);
    // Each connection is two descriptors: with 40 dealt at random, one side has hardly ever fewer than eight.
    expect(Math.abs((sockets[0] ?? 0) - (sockets[1] ?? 0))).toBeLessThanOrEqual(2 * (40 - 2 * 6));
    expect((await fetch(`http://127.0.0.1:${metricsPort}/healthz`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
  }, 40_000);

  it('are two again when one is killed, and clients of the other notice nothing', async () => {
    const { pid } = await start(2);
    const sockets = await Promise.all(Array.from({ length: 20 }, open));
    const [victim] = childrenOf(pid as number) as [number];
    process.kill(victim, 'SIGKILL');
    await expect.poll(() => childrenOf(pid as number).filter((child) => child !== victim), { timeout: 15_000 }).toHaveLength(2);
    expect(sockets.some((socket) => socket.readyState === WebSocket.OPEN)).toBe(true);
    await expect.poll(async () => (await fetch(`http://127.0.0.1:${port}/`)).status, { timeout: 10_000 }).toBe(200);
  }, 60_000);
});

describe('workers whose keys have become unreadable', () => {
  it('are missed aloud, and health tells when nobody serves; they are back when the keys are', async () => {
    const main = await start(2, { output: 'pipe' });
    let said = '';
    main.stdout?.on('data', (text) => {
      said += text;
    });
    const keys = join(folder, 'data/keys');
    renameSync(keys, `${keys}.away`);
    writeFileSync(keys, 'no folder');
    const [one, other] = childrenOf(main.pid as number) as [number, number];
    const health = async () => (await fetch(`http://127.0.0.1:${metricsPort}/healthz`)).status;
    process.kill(one, 'SIGKILL');
    await expect.poll(() => said, { timeout: 10_000 }).toMatch(/KEYS_UNREADABLE.*could not be started/);
    expect(await health()).toBe(200);
    process.kill(other, 'SIGKILL');
    await expect.poll(health, { timeout: 10_000 }).toBe(503);
    rmSync(keys);
    renameSync(`${keys}.away`, keys);
    await expect.poll(health, { timeout: 20_000 }).toBe(200);
  }, 60_000);
});

describe('a gateway that is told to end', () => {
  it('lets its clients go a few at a time, and they are back at the next one within two seconds', async () => {
    const first = await start(2);
    const closed: number[] = [];
    const outages: number[] = [];
    let isOver = false;
    /** As the website does it: back at once, and again soon where that fails. */
    const keep = async (socket: WebSocket): Promise<void> => {
      await once(socket, 'close');
      const at = performance.now();
      for (closed.push(at); !isOver; await new Promise((resolve) => setTimeout(resolve, 100))) {
        const again = await open().catch(() => undefined);
        if (!again) continue;
        outages.push(performance.now() - at);
        void keep(again);
        return;
      }
    };
    for (const socket of await Promise.all(Array.from({ length: 30 }, open))) void keep(socket);
    // The next one listens beside it before it goes, as with a rolling update.
    metricsPort = await freePort();
    const file = join(folder, 'next.yaml');
    const gateway = { workers: 2, website: folder, metrics: { port: metricsPort } };
    writeFileSync(file, stringify({ installation: { id: 'test' }, data: 'data', http: { port }, gateway, log: { level: 'fatal' } }));
    const next = spawn(process.execPath, [join(projectFolder(), 'dist/gateway/gateway.mjs')], {
      env: { PATH: process.env.PATH, DESKHAND_CONFIG: file },
      stdio: 'inherit',
    });
    children.push(next);
    await expect.poll(() => accepts(metricsPort), { timeout: 20_000 }).toBe(true);
    first.kill('SIGTERM');
    if (first.exitCode === null) await once(first, 'exit');
    expect(first.exitCode).toBe(0);
    await expect.poll(() => agent.sockets.size, { timeout: 10_000 }).toBe(30);
    isOver = true;
    expect(outages.length).toBeGreaterThanOrEqual(30);
    expect(Math.max(...outages)).toBeLessThan(2_000);
    // Not all in one instant.
    expect(Math.max(...closed) - Math.min(...closed)).toBeGreaterThan(50);
  }, 60_000);
});

describe('a signal to the whole group of processes, as systemd sends it', () => {
  it('lets clients go a few at a time as well', async () => {
    const gateway = await start(2, { isOwnGroup: true });
    const closed = (await Promise.all(Array.from({ length: 30 }, open))).map(async (socket) => {
      await once(socket, 'close');
      return performance.now();
    });
    const exited = once(gateway, 'exit');
    process.kill(-(gateway.pid as number), 'SIGTERM');
    const times = await Promise.all(closed);
    expect(await exited).toEqual([0, null]);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(50);
  }, 40_000);
});

describe('a mistake', () => {
  /** What a program says before it gives up, with these settings. */
  async function lastWords(program: string, settings: object): Promise<{ code: number; said: string }> {
    const file = join(folder, 'deskhand.yaml');
    writeFileSync(file, stringify({ data: 'data', ...settings }));
    const child = spawn(process.execPath, [join(projectFolder(), program)], {
      env: { PATH: process.env.PATH, DESKHAND_CONFIG: file },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const [code] = await once(child, 'close');
    return { code, said };
  }
  const gateway = 'dist/gateway/gateway.mjs';

  it('of several workers on no port in particular is one clear sentence', async () => {
    const { code, said } = await lastWords(gateway, { http: { port: 0 }, gateway: { workers: 2, website: folder } });
    expect([code, said.includes('set http.port')]).toEqual([1, true]);
  });

  it('that all workers meet is told once', async () => {
    const { code, said } = await lastWords(gateway, { http: { port: agent.port }, gateway: { workers: 2, website: folder } });
    expect(code).toBe(1);
    expect(said).toBe(`Port ${agent.port} of 127.0.0.1 is taken by another program.\nEnd that program or set DESKHAND_PORT.\n`);
  });

  it.each([1, 2])('in the port of the metrics ends a gateway with %i workers', async (workers) => {
    const { code, said } = await lastWords(gateway, {
      http: { port },
      gateway: { workers, website: folder, metrics: { port: agent.port } },
      log: { level: 'fatal' },
    });
    expect([code, said]).toEqual([1, expect.stringContaining(`Port ${agent.port} of 127.0.0.1 is taken`)]);
    expect(await accepts(port)).toBe(false);
  });

  // Of a network for documents, which no machine has.
  it.each([gateway, 'dist/server/api.mjs', 'dist/server/standalone.mjs'])(
    'in the address to listen on is one clear sentence, says %s',
    async (program) => {
      const { code, said } = await lastWords(program, { http: { host: '192.0.2.1', port }, log: { level: 'fatal' } });
      expect(code).toBe(1);
      expect(said).toBe(
        '192.0.2.1 is no address of this machine: nothing can listen there.\nCorrect the settings that the message names.\n',
      );
    },
    40_000,
  );
});
