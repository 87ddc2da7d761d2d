/** Keeps a window manager on the desktop: one that dies is started again, ever slower when it keeps dying. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DeskhandError } from '#libs/common';
import { openboxConfiguration } from './openbox-configuration.js';
import { openboxTheme, THEME_FILE } from './openbox-theme.js';
import { Program } from './program.js';

/** Milliseconds between the first death and the next start; doubled by each further one. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;
/** One that lived for so long is well: the next pause is the shortest again. */
const WELL_AFTER_MS = 60_000;

export class WindowManager {
  /** Rejects with `PROGRAM_MISSING` when it is not installed; otherwise pending until {@link stop}. */
  readonly failed: Promise<never>;
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #program: Program | undefined;
  #pause: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(folder: string, environment: NodeJS.ProcessEnv) {
    this.#folder = folder;
    // Where it looks for the theme; nothing else is started from it.
    this.#environment = { ...environment, XDG_DATA_HOME: folder };
    mkdirSync(join(folder, dirname(THEME_FILE)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, THEME_FILE), openboxTheme, { mode: 0o600 });
    writeFileSync(join(folder, 'openbox.xml'), openboxConfiguration, { mode: 0o600 });
    this.failed = new Promise((_, reject) => this.#start(FIRST_PAUSE_MS, reject));
    this.failed.catch(() => {});
  }

  #start(pauseMs: number, reject: (cause: DeskhandError) => void): void {
    const since = performance.now();
    const argv = ['--config-file', join(this.#folder, 'openbox.xml'), '--sm-disable'];
    this.#program = new Program('openbox', argv, { folder: this.#folder, environment: this.#environment });
    this.#program.ended.then((end) => {
      if (this.#stopped) return;
      if (end instanceof DeskhandError) return reject(end);
      console.error(end);
      const next = performance.now() - since > WELL_AFTER_MS ? FIRST_PAUSE_MS : pauseMs;
      this.#pause = setTimeout(() => this.#start(Math.min(2 * next, LONGEST_PAUSE_MS), reject), next);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#pause);
    await this.#program?.stop(1_000);
  }
}
