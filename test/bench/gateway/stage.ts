/** What every scenario works with: the candidates, one load, one backend, tokens that our gateway takes, and turns of all candidates in one run. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type DesktopGrant, DesktopTokenIssuer, KeyRing } from '#libs/tokens';
import { median } from '../bench.js';
import type { Backend, Behaviour } from './backend.js';
import { type Candidate, starters } from './candidates.js';
import type { Load } from './load.js';
import { cpuSecondsOf } from './process-tree.js';
import { Worker } from './workers.js';

/** As `installation.id` of the gateway's configuration has it. */
const INSTALLATION = 'bench';
export const DESKTOP = 'abcdefghijklmnopqrstuvwxyz';
export const DISPLAY = `/d/${DESKTOP}/display`;

export class Stage {
  readonly load = new Worker<Load>('./load.js');
  /** For what comes on top of the load. */
  readonly secondLoad = new Worker<Load>('./load.js');
  readonly backend = new Worker<Backend>('./backend.js');
  readonly #folder: string;
  readonly #ring: KeyRing;
  readonly #issuer: DesktopTokenIssuer;
  readonly #grant: DesktopGrant;
  readonly #candidates = new Map<string, Candidate>();

  private constructor(folder: string, ring: KeyRing, secret: Uint8Array) {
    this.#folder = folder;
    this.#ring = ring;
    this.#issuer = new DesktopTokenIssuer(ring, INSTALLATION);
    const target = { address: '127.0.0.1', port: 0, secret };
    this.#grant = { userId: 'bench', sessionId: 'bench', desktop: DESKTOP, run: 1, scopes: ['control'], target };
  }

  static async set(): Promise<Stage> {
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-bench-'));
    const ring = await KeyRing.open(join(folder, 'data/keys'));
    const secret = randomBytes(32);
    const stage = new Stage(folder, ring, secret);
    const port = await stage.backend.ask('listen', { desktop: DESKTOP, run: 1, secret: secret.toString('base64url') });
    Object.assign(stage.#grant.target, { port });
    return stage;
  }

  async clear(): Promise<void> {
    for (const candidate of this.#candidates.values()) await candidate.end();
    await Promise.all([this.load.end(), this.secondLoad.end(), this.backend.end()]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Started when it is first asked for. */
  async candidate(name: string): Promise<Candidate> {
    const known = this.#candidates.get(name);
    if (known) return known;
    const starter = starters[name];
    if (!starter) throw new Error(`there is no candidate ${name}`);
    const started = await starter({ folder: this.#folder, backendPort: this.#grant.target.port });
    this.#candidates.set(name, started);
    return started;
  }

  /** Ends it; the next to ask for it gets a new one. */
  async retire(name: string): Promise<void> {
    await this.#candidates.get(name)?.end();
    this.#candidates.delete(name);
  }

  behave(behaviour: Behaviour): Promise<void> {
    return this.backend.ask('behave', behaviour);
  }

  /** Tokens of as many runs: each carries a sealed target of its own, as none of another run does. */
  async tokens(count: number): Promise<readonly string[]> {
    return this.#issue(count, () => new DesktopTokenIssuer(this.#ring, INSTALLATION));
  }

  /** Tokens of one run, as a session that lasts renews them: they carry the same sealed target. */
  async renewed(count: number): Promise<readonly string[]> {
    return this.#issue(count, () => this.#issuer);
  }

  async #issue(count: number, issuer: () => DesktopTokenIssuer): Promise<readonly string[]> {
    const issued = await Promise.all(Array.from({ length: count }, () => issuer().issue(this.#grant)));
    return issued.map(({ token }) => token);
  }

  /** CPU seconds of the candidate during the work and the closing after it; of backend and load where there is no candidate. */
  async cpuOf(candidate: Candidate, work: () => Promise<unknown>): Promise<number> {
    const read = (): number => (candidate.child ? candidate.cpu : cpuSecondsOf(this.backend.pid) + cpuSecondsOf(this.load.pid));
    const before = read();
    await work();
    return read() - before;
  }

  async untilClosed(): Promise<void> {
    const end = performance.now() + 60_000;
    while ((await this.backend.ask('connections', null)) > 64 && performance.now() < end) await pause(10);
  }
}

/** Figures of every candidate, one a round. */
export type Figures = Readonly<Record<string, readonly number[]>>;

export interface Rounds {
  /** Not counted, the same for all: what is compiled while it runs is not yet what it will be. */
  readonly warmUp: number;
  readonly counted: number;
}

/** Every candidate in every round, in an order that changes. */
export async function takeTurns(
  stage: Stage,
  names: readonly string[],
  { warmUp, counted }: Rounds,
  sample: (candidate: Candidate) => Promise<number>,
): Promise<Figures> {
  const figures: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < warmUp + counted; round += 1)
    for (let turn = 0; turn < names.length; turn += 1) {
      const name = names[(turn + round) % names.length] as string;
      const figure = await sample(await stage.candidate(name));
      if (round >= warmUp) figures[name]?.push(figure);
    }
  return figures;
}

/** The median of the ratios of each round: what slows a round slows both. */
export function ratio(figures: Figures, of: string, to: string): number {
  return median((figures[of] ?? []).map((figure, round) => figure / (figures[to]?.[round] ?? Number.NaN)));
}
