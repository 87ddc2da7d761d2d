/** Desktops of one's own on a runtime under test: asked for, waited for, and gone in the end. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { DesktopRun, DesktopSpec, ObservedApplication, ObservedRun, Runtime } from '#libs/runtime';
import { eventually } from './eventually.js';

const ID_ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** As users and desktops have them. */
export const newId = (): string => [...randomBytes(26)].map((byte) => ID_ALPHABET[byte % 32]).join('');

export class Desktops {
  readonly #made: DesktopRun[] = [];

  constructor(
    readonly runtime: Runtime,
    private readonly secretOf: (target: DesktopRun) => Uint8Array = () => randomBytes(32),
  ) {}

  /** Of a desktop that is not there yet. @param more what is not as usual */
  spec(more: Partial<DesktopSpec> = {}): DesktopSpec {
    const { desktop = newId(), run = 1 } = more;
    this.#made.push({ desktop, run });
    return {
      desktop,
      run,
      user: 'u'.repeat(26),
      userName: 'fry',
      profile: 'standard',
      home: desktop,
      secret: this.secretOf({ desktop, run }),
      width: 640,
      height: 480,
      ...more,
    };
  }

  /** @returns one whose agent answers */
  async start(spec = this.spec()): Promise<DesktopSpec> {
    await this.runtime.startDesktop(spec);
    await this.untilRunning(spec);
    return spec;
  }

  untilRunning(target: DesktopRun, of = this.runtime): Promise<ObservedRun> {
    return eventually(async () => {
      const found = await this.runOf(target, of);
      expect(found).toMatchObject({ phase: 'running', connections: 0 });
      return found as ObservedRun;
    });
  }

  async runOf({ desktop, run }: DesktopRun, of = this.runtime): Promise<ObservedRun | undefined> {
    const observed = await of.observe(desktop);
    if (observed.status === 'unknown') throw new Error(observed.reason);
    return observed.runs.find((each) => each.run === run);
  }

  async applicationOf(target: DesktopRun, id: string): Promise<ObservedApplication | undefined> {
    return (await this.runOf(target))?.applications.find((each) => each.id === id);
  }

  untilApplication(target: DesktopRun, id: string, expected: object): Promise<void> {
    return eventually(async () => expect(await this.applicationOf(target, id)).toMatchObject(expected));
  }

  /** Until nothing of it is left. */
  gone(target: DesktopRun): Promise<void> {
    return eventually(async () => {
      await this.runtime.stopDesktop(target);
      expect(await this.runOf(target)).toBeUndefined();
    });
  }

  async dispose(): Promise<void> {
    for (const target of this.#made) await this.gone(target);
  }
}
