/** A line to every replica that is configured: the first that hears of an end tells it, and one that is held is enough. */
import type { Readiness } from '../gateway.options.js';
import { DenialLine, type DenialLineParts } from './denial-line.js';

export class DenialLines implements Readiness {
  readonly #lines: readonly DenialLine[];

  /** @param onTurn told for each replica whether it can be heard */
  constructor(urls: readonly URL[], parts: Omit<DenialLineParts, 'onTurn'>, onTurn: (url: URL, isUp: boolean) => void) {
    this.#lines = urls.map((url) => new DenialLine(url, { ...parts, onTurn: (isUp) => onTurn(url, isUp) }));
  }

  /** Without a line, ends of sessions and desktops are not heard of: tokens then hold until they expire, and nothing is refused for it. */
  whatIsDown(): Readonly<Record<string, string>> {
    return this.#lines.some((line) => line.isHeld) ? {} : { denials: 'no line to the control plane' };
  }

  async close(): Promise<void> {
    await Promise.all(this.#lines.map((line) => line.close()));
  }
}
