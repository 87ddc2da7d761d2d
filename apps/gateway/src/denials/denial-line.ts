/** One line to one replica of the control plane: asks what ended, hears it at once, and asks again whenever the line breaks or falls silent. */
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { DENIALS_PATH, DENIALS_PULSE_MS, lineIdentity, PROOF_HEADER, parseDenialMessage, proveToAgent } from '#libs/tokens';
import type { DenyList } from '../deny-list.js';
import type { GatewayLogger } from '../gateway.options.js';
import { addressOf } from '../upstream/address-of.js';

/** Several pulses may come late on a busy machine; a line that is silent for longer is lost. */
export const SILENCE_MS = 6 * DENIALS_PULSE_MS;
const ANSWER_MS = 5_000;
const LONGEST_PAUSE_MS = 2_000;
/** Longest message; more is none of ours. */
const MAX_MESSAGE = 4_096;

export interface DenialLineParts {
  /** The secret of the line: {@link KeyRing.lineSecret}. */
  readonly secret: Uint8Array;
  readonly denyList: DenyList;
  readonly logger: GatewayLogger;
  /** Told whenever the replica can be heard or no longer, and when it says that it leaves. */
  readonly onTurn: (isUp: boolean) => void;
}

export class DenialLine {
  readonly #stop = new AbortController();
  #position = 0;
  #isHeld = false;
  /** Resolves when the line has ended for good. */
  readonly #finished: Promise<void>;

  /** @param url of the replica; its path does not count */
  constructor(
    private readonly url: URL,
    private readonly parts: DenialLineParts,
  ) {
    this.#finished = this.#run();
  }

  /** Whether everything that ended is known here, but for the last moments. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#finished;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        await this.#listen(() => {
          failures = 0;
        });
      } catch (error) {
        if (signal.aborted) return;
        this.#turn(false, error);
      }
      const longest = Math.min(50 * 2 ** failures, LONGEST_PAUSE_MS);
      await pause(longest * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
    }
  }

  /** Returns when the replica leaves. @throws whatever breaks the line */
  async #listen(onPulse: () => void): Promise<void> {
    const silence = new Silence();
    const signal = AbortSignal.any([this.#stop.signal, silence.signal]);
    try {
      const answer = await this.#ask(signal);
      let rest = '';
      for await (const piece of answer.setEncoding('utf8')) {
        const lines = (rest + piece).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_MESSAGE) throw new TypeError('the line carries something else');
        for (const line of lines) {
          const message = parseDenialMessage(line);
          if ('leaving' in message) {
            this.#turn(false);
            return;
          }
          if ('denied' in message) this.parts.denyList.deny(message.denied, message.at);
          this.#position = message.position;
          if ('denied' in message) continue;
          silence.heard(SILENCE_MS);
          this.#turn(true);
          onPulse();
        }
      }
      throw new TypeError('the line was hung up');
    } finally {
      silence.end();
    }
  }

  /** Resolves with an answer that proves to come from our control plane. */
  async #ask(signal: AbortSignal): Promise<IncomingMessage> {
    const path = `${DENIALS_PATH}?after=${this.#position}`;
    const { header, isAnswer } = proveToAgent(lineIdentity(this.parts.secret), { method: 'GET', path, scopes: [] });
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const asked = request({
      ...addressOf(this.url),
      path,
      headers: { [PROOF_HEADER]: header },
      agent: false,
      signal,
    });
    asked
      .on('response', resolve)
      .on('error', reject)
      // A 101 that nobody asked for ends the connection without a word.
      .on('close', () => reject(new TypeError('closed without an answer')))
      .end();
    const answer = await promise;
    const proof = answer.headers[PROOF_HEADER];
    if (answer.statusCode === 200 && isAnswer(typeof proof === 'string' ? proof : undefined)) return answer;
    asked.destroy();
    throw new TypeError(`an answer ${answer.statusCode} without proof`);
  }

  #turn(isHeld: boolean, reason?: unknown): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    const { host } = this.url;
    if (!isHeld && reason) this.parts.logger.warn({ upstream: host, err: reason }, 'the line to the control plane is lost');
    this.parts.onTurn(isHeld);
  }
}

/** Aborts when nothing was heard for too long. */
class Silence {
  readonly #controller = new AbortController();
  #timer = setTimeout(() => this.#break(), ANSWER_MS);

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(nextWithinMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#break(), nextWithinMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #break(): void {
    this.#controller.abort(new Error('the line is silent'));
  }
}
