/** Listens to one agent's status for as long as it lives, and dials again when the line breaks. */
import type { ClientRequest } from 'node:http';
import type { Endpoint } from '../runtime.js';
import { type AgentTarget, openAgentRequest } from './agent-client.js';
import { type AgentStatus, readAgentStatus } from './agent-status.js';

/** The agent speaks every 10 s; a line that was silent for this long is dead. */
const SILENCE_MS = 25_000;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;
/** Until it was heard for the first time somebody waits for it, */
const LONGEST_FIRST_PAUSE_MS = 100;
/** but not for ever: a machine that was lost without a word answers nobody. */
const HASTE_MS = 30_000;
const MAX_LINE = 256 * 1024;

export interface HeardStatus extends AgentStatus {
  /** When this process first heard that the display answers, ISO 8601 UTC by its own clock. */
  readonly answeringSince?: string;
}

export class AgentFeed {
  #latest?: AgentStatus;
  #sent?: ClientRequest;
  #timer?: NodeJS.Timeout;
  #pause = FIRST_PAUSE_MS;
  #answeringSince?: string;
  #isHasty = true;
  readonly #hasteEnds = Date.now() + HASTE_MS;
  #closed = false;

  /** @param onChange called after every status that was heard, and when the line breaks */
  constructor(
    private readonly target: AgentTarget,
    private readonly onChange: () => void,
  ) {
    this.#dial();
  }

  /** What the agent said last; undefined until it spoke, and while the line is broken. */
  get latest(): HeardStatus | undefined {
    return this.#latest && { ...this.#latest, ...(this.#answeringSince === undefined ? {} : { answeringSince: this.#answeringSince }) };
  }

  /** Whether it leads there. */
  isTo({ address, port }: Endpoint): boolean {
    return this.target.endpoint.address === address && this.target.endpoint.port === port;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#sent?.destroy();
  }

  #dial(): void {
    const { sent, isAnswer } = openAgentRequest(this.target, 'GET', '/status/stream', { timeout: SILENCE_MS, agent: false });
    this.#sent = sent;
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => {});
    sent.on('close', () => this.#again());
    sent.on('response', (answer) => {
      if (answer.statusCode !== 200 || !isAnswer(answer)) {
        sent.destroy();
        return;
      }
      this.#pause = FIRST_PAUSE_MS;
      let rest = '';
      answer.on('error', () => {});
      answer.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        if (rest.length > MAX_LINE) sent.destroy();
        else this.#hear(lines);
      });
    });
    sent.end();
  }

  #hear(lines: readonly string[]): void {
    const status = lines.map(readAgentStatus).findLast((each) => each !== undefined);
    if (status === undefined || JSON.stringify(status) === JSON.stringify(this.#latest)) return;
    this.#latest = status;
    this.#isHasty = false;
    if (status.display === 'answering') this.#answeringSince ??= new Date().toISOString();
    this.onChange();
  }

  #again(): void {
    if (this.#closed) return;
    const broke = this.#latest !== undefined;
    this.#latest = undefined;
    this.#timer = setTimeout(() => this.#dial(), this.#pause);
    const isHasty = this.#isHasty && Date.now() < this.#hasteEnds;
    this.#pause = Math.min(this.#pause * 2, isHasty ? LONGEST_FIRST_PAUSE_MS : LONGEST_PAUSE_MS);
    if (broke) this.onChange();
  }
}
