/** Somebody who watches the stages of a start for as long as the stream of events is open: one stream, never a second one. */
import { eventually } from './eventually.js';
import type { HttpClient } from './http-client.js';

export class ProgressReader {
  readonly #phases: string[] = [];
  readonly #messages: string[] = [];
  /** All phases that were told, in order, once the server has ended the stream. */
  readonly ended: Promise<readonly string[]>;

  constructor({ url, token }: HttpClient, desktop: string) {
    this.ended = this.#read(`${url}/api/v1/desktops/${desktop}/progress`, { authorization: `Bearer ${token}` });
    // Whoever waits for it sees why; until then it is nobody's.
    this.ended.catch(() => {});
  }

  /** Phases told so far. */
  get phases(): readonly string[] {
    return this.#phases;
  }

  /** What was said so far. */
  get messages(): readonly string[] {
    return this.#messages;
  }

  async untilPhase(phase: string): Promise<void> {
    await eventually(() => {
      if (!this.#phases.includes(phase)) throw new Error(`it was told ${this.#phases}`);
    });
  }

  async #read(url: string, headers: Record<string, string>): Promise<readonly string[]> {
    const { status, body } = await fetch(url, { headers });
    if (status !== 200 || !body) throw new Error(`the stream was answered with ${status}`);
    let rest = '';
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const [, phase] = /^data: .*"phase":"(\w+)"/.exec(line) ?? [];
        if (phase !== undefined) this.#phases.push(phase);
        const [, message] = /^data: .*"message":"([^"]*)"/.exec(line) ?? [];
        if (message !== undefined) this.#messages.push(message);
      }
    }
    return this.#phases;
  }
}
