/** How providers are called: bounded in time and size, never redirected, so that a slow, huge or lying answer costs only its own login. */
import { Agent, type Dispatcher, fetch as fetchBy, type RequestInit as Init } from 'undici';
import { DeskhandError } from '#libs/common';

const LONGEST_ANSWER = 1024 * 1024;

export interface CallSettings {
  /** Milliseconds for an answer to arrive whole. */
  readonly timeoutMs: number;
  /** PEM of the authority that signed the provider's certificate; the well-known ones by default. */
  readonly authority?: string | undefined;
}

/** The part of `fetch` that is used, with a body that has arrived whole. */
export type BoundedFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** @throws from the call: DeskhandError `PROVIDER_UNAVAILABLE` for no answer, one that is late or too long, and for what a server says of itself (5xx) */
export function boundedFetch({ timeoutMs, authority }: CallSettings): BoundedFetch {
  const dispatcher = authority === undefined ? undefined : new Agent({ connect: { ca: authority } });
  return async (url, init) => {
    try {
      return await fetchWhole(url, init as Init | undefined, timeoutMs, dispatcher);
    } catch (cause) {
      throw cause instanceof DeskhandError ? cause : unavailable(cause);
    }
  };
}

async function fetchWhole(url: string | URL, init: Init | undefined, timeoutMs: number, dispatcher?: Dispatcher): Promise<Response> {
  const late = AbortSignal.timeout(timeoutMs);
  const signal = init?.signal ? AbortSignal.any([init.signal, late]) : late;
  const answer = await fetchBy(url, { ...init, redirect: 'manual', signal, ...(dispatcher ? { dispatcher } : {}) });
  const body = await readWhole(answer.body);
  if (answer.status >= 500) throw unavailable(new Error(`${new URL(url).host} answered ${answer.status}`));
  return new Response(body.length > 0 ? body : null, { status: answer.status, headers: [...answer.headers] });
}

async function readWhole(body: AsyncIterable<Uint8Array> | null): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body ?? []) {
    length += piece.length;
    if (length > LONGEST_ANSWER) throw new Error('the answer is too long');
    pieces.push(piece);
  }
  return new Uint8Array(Buffer.concat(pieces));
}

const unavailable = (cause: unknown): DeskhandError =>
  new DeskhandError('PROVIDER_UNAVAILABLE', 'The provider does not answer.', {}, { cause });
