/** A wall clock of its own for one process, set while it runs: what libfaketime makes of `CLOCK_REALTIME`. Timers go on as they were. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How long the process goes by what it read last. */
const READ_EVERY_SECONDS = 1;

/** Why there are no such clocks here; undefined where there are. With CI=true there have to be. */
export function whyNoFakeClock(): string | undefined {
  try {
    library();
    return undefined;
  } catch (error) {
    if (process.env.CI === 'true') throw error;
    return 'faketime is not installed';
  }
}

export class FakeClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'deskhand-clock-'));

  /** @param seconds that it is ahead of the machine's */
  constructor(seconds = 0) {
    this.set(seconds);
  }

  /** For the process that shall go by it. */
  get environment(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_CACHE_DURATION: String(READ_EVERY_SECONDS),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** It is so a second later at the latest. */
  set(seconds: number): void {
    writeFileSync(this.#file, `${seconds < 0 ? '' : '+'}${seconds}s\n`);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, 'faketime');
  }
}

/** Where distributions keep it, only its own program knows. */
function library(): string {
  const environment = execFileSync('faketime', ['-f', '+0s', 'env'], { encoding: 'utf8', timeout: 10_000 });
  const [, path] = /^LD_PRELOAD=(.+)$/m.exec(environment) ?? [];
  if (!path) throw new Error(`faketime preloads nothing:\n${environment}`);
  return path;
}
