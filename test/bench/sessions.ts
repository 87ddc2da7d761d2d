/** What a live session costs the server: a renewal beside the bare signature in it, and the shortest authenticated read. CPU of the server's process alone. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Pool } from 'undici';
import { stringify } from 'yaml';
import { median, type Result } from './bench.js';
import type { Question } from './sessions.server.js';

const ROUNDS = 7;
const WARM_UP_ROUNDS = 10;
const CLIENTS = 16;
const RENEWALS = 800;
const READS = 2_000;
const SIGNATURES = 200;
/** Allowed beside the signature, and for a read. Milliseconds of CPU. */
const ALLOWANCE_MS = 0.5;

class Server {
  private constructor(
    private readonly child: ChildProcess,
    private readonly pool: Pool,
  ) {}

  static async start(folder: string): Promise<Server> {
    const configuration = join(folder, 'deskhand.yaml');
    const accountsFile = resolve('apps/standalone/demo/accounts.yaml');
    const providers = [{ kind: 'local', id: 'office', displayName: 'Office', accountsFile }];
    writeFileSync(configuration, stringify({ data: join(folder, 'data'), identity: { providers }, log: { level: 'info' } }));
    const child = fork(new URL('./sessions.server.js', import.meta.url), {
      env: { PATH: process.env.PATH, DESKHAND_CONFIG: configuration },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [url] = await once(child, 'message');
    return new Server(child, new Pool(url, { connections: CLIENTS }));
  }

  async call(method: 'GET' | 'POST', path: string, token?: string, body?: object): Promise<Record<string, string>> {
    const headers = { ...(body ? { 'content-type': 'application/json' } : {}), ...(token ? { authorization: `Bearer ${token}` } : {}) };
    const answer = await this.pool.request({ method, path, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${path} answers ${answer.statusCode} ${text}`);
    return JSON.parse(text);
  }

  /** Milliseconds of CPU for each of so many pieces of work, done by all clients at once. */
  async cost(count: number, work: (client: number) => Promise<unknown>): Promise<number> {
    const before = await this.#ask('cpu');
    const each = async (_: unknown, client: number) => {
      for (let left = count / CLIENTS; left > 0; left--) await work(client);
    };
    await Promise.all(Array.from({ length: CLIENTS }, each));
    return ((await this.#ask('cpu')) - before) / 1000 / count;
  }

  async costOfSignature(): Promise<number> {
    const before = await this.#ask('cpu');
    return ((await this.#ask({ signatures: SIGNATURES, abreast: CLIENTS })) - before) / 1000 / SIGNATURES;
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.disconnect();
    await this.pool.destroy();
    await gone;
  }

  async #ask(question: Question): Promise<number> {
    this.child.send(question);
    return (await once(this.child, 'message'))[0];
  }
}

async function measure(server: Server) {
  const credentials = { provider: 'office', username: 'fry', password: 'fry' };
  const sessions = await Promise.all(
    Array.from({ length: CLIENTS }, () => server.call('POST', '/api/v1/auth/login', undefined, credentials)),
  );
  const renew = async (client: number) => {
    sessions[client] = await server.call('POST', '/api/v1/auth/refresh', undefined, { refreshToken: sessions[client]?.refreshToken });
  };
  const read = (client: number) => server.call('GET', '/api/v1/me', sessions[client]?.accessToken);
  return { signature: await server.costOfSignature(), renewal: await server.cost(RENEWALS, renew), read: await server.cost(READS, read) };
}

export async function benchSessions(): Promise<readonly Result[]> {
  mkdirSync('.data', { recursive: true });
  const folder = mkdtempSync(join('.data', 'bench-'));
  const server = await Server.start(resolve(folder));
  try {
    // Until the compiler has done with it.
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await measure(server);
    const rounds: Awaited<ReturnType<typeof measure>>[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await measure(server));
    const of = (step: keyof (typeof rounds)[number]) => median(rounds.map((round) => round[step]));
    const beside = median(rounds.map(({ renewal, signature }) => renewal - signature));
    return [
      {
        metric: 'CPU per renewal',
        unit: 'ms',
        ours: of('renewal'),
        floor: of('signature'),
        aim: 'floor + 0.5',
        met: beside <= ALLOWANCE_MS,
      },
      { metric: 'CPU per renewal beside its signature', unit: 'ms', ours: beside, aim: '<= 0.5', met: beside <= ALLOWANCE_MS },
      { metric: 'CPU per GET /api/v1/me', unit: 'ms', ours: of('read'), aim: '<= 0.5', met: of('read') <= ALLOWANCE_MS },
    ];
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}
