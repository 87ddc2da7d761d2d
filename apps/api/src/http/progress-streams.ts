/** Shows a topic of the progress port as server-sent events: first what was said, then what is said, until the story ends. */
import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DeskhandError, type ErrorCode, errorCatalogue } from '#libs/common';
import { Progress, type ProgressLine, type ProgressPhase } from '#libs/progress';
import { addressOf } from './client.js';
import { Departure } from './departure.js';

const MAX_STREAMS = 2_000;
const MAX_STREAMS_PER_ADDRESS = 100;
/** Lines that other processes publish are seen after this time at the latest. */
const POLL_MS = 500;
/** Proxies cut a silent line. */
const HEARTBEAT_MS = 15_000;
/** Browsers come again by themselves, with the id of the last line that they saw. */
const LONGEST_STREAM_MS = 120_000;

@Injectable()
export class ProgressStreams {
  /** Open streams by the client's address. */
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor(
    private readonly progress: Progress,
    private readonly departure: Departure,
  ) {}

  /**
   * Returns when the stream has ended: with a line of one of the `ends` phases, after two minutes, with the client, or when this process leaves.
   *
   * @param ends phases that end the story; their lines are events of that name, the others `progress`
   * @throws DeskhandError `TOO_MANY_CONNECTIONS`
   */
  async stream(request: Request, response: Response, topic: string, ends: ReadonlySet<ProgressPhase>): Promise<void> {
    const leave = this.#enter(addressOf(request));
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      const signal = AbortSignal.any([gone.signal, this.departure.signal, AbortSignal.timeout(LONGEST_STREAM_MS)]);
      await this.#tell(response, topic, ends, lastEventId(request), signal);
    } finally {
      leave();
    }
  }

  async #tell(response: Response, topic: string, ends: ReadonlySet<ProgressPhase>, seen: string, signal: AbortSignal): Promise<void> {
    if (seen !== '' && (await this.#hasEnded(topic, ends, seen))) {
      // Tells a browser that it need not come again.
      response.status(204).end();
      return;
    }
    // Before the first read, so that nothing is said in between unheard.
    const bell = new Bell();
    const silence = this.progress.onPublished(topic, () => bell.ring());
    try {
      response.status(200).set({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.write(': the story so far\n\n');
      let last = seen;
      let heardAt = Date.now();
      while (!signal.aborted) {
        for (const line of await this.progress.read(topic, last)) {
          last = line.id;
          heardAt = Date.now();
          await write(response, frameOf(line, ends), signal);
          if (ends.has(line.phase)) return;
        }
        if (Date.now() - heardAt >= HEARTBEAT_MS) {
          heardAt = Date.now();
          await write(response, ': still here\n\n', signal);
        }
        await bell.rung(POLL_MS, signal);
      }
    } finally {
      silence();
      response.end();
    }
  }

  async #hasEnded(topic: string, ends: ReadonlySet<ProgressPhase>, seen: string): Promise<boolean> {
    const lines = await this.progress.read(topic);
    return lines.some(({ id, phase }) => id === seen && ends.has(phase)) && lines.at(-1)?.id === seen;
  }

  #enter(address: string): () => void {
    const ofAddress = this.#open.get(address) ?? 0;
    if (this.#total >= MAX_STREAMS || ofAddress >= MAX_STREAMS_PER_ADDRESS) throw new DeskhandError('TOO_MANY_CONNECTIONS');
    this.#open.set(address, ofAddress + 1);
    this.#total++;
    return () => {
      this.#total--;
      const left = (this.#open.get(address) ?? 1) - 1;
      if (left > 0) this.#open.set(address, left);
      else this.#open.delete(address);
    };
  }
}

/** Rung at any time, heard at the next wait. */
class Bell {
  #isRung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  /** Waits for the bell, the time or the signal, whichever comes first. */
  async rung(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, ms);
      const wake = () => resolve();
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
      await promise;
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
    }
    this.#isRung = false;
  }
}

/** Waits while the client does not read: nothing piles up here. */
async function write(response: Response, frame: string, signal: AbortSignal): Promise<void> {
  if (!response.write(frame) && !signal.aborted) await once(response, 'drain', { signal }).catch(() => {});
}

function frameOf(line: ProgressLine, ends: ReadonlySet<ProgressPhase>): string {
  const { id, at, phase, message } = line;
  const event = ends.has(phase) ? phase : 'progress';
  const data = phase === 'failed' ? failureOf(line) : { at, phase, message };
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

function failureOf({ code = 'INTERNAL_ERROR', message }: ProgressLine): { code: string; detail: string; remedy?: string } {
  const remedy = Object.hasOwn(errorCatalogue, code) ? errorCatalogue[code as ErrorCode].remedy : undefined;
  return { code, detail: message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Bounded, as it comes from outside. */
function lastEventId(request: Request): string {
  const id = request.headers['last-event-id'];
  return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : '';
}
