/** One way to call the server: same origin, cookies, a time-out, problems as `Problem`, and one renewal of the login on 401. */
import { renewSession } from '../session/renewal.js';
import { Problem, problemOf, unreachable } from './problem.js';

export interface CallOptions {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Calls of the login itself never renew it. */
  readonly renew?: boolean;
  readonly keepalive?: boolean;
}

const TIMEOUT_MS = 15_000;

/** The parsed answer; undefined for one without a body. Throws `Problem`, or the signal's reason when the caller aborted. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  try {
    return await callOnce<T>(path, options);
  } catch (thrown) {
    const expired = thrown instanceof Problem && thrown.status === 401 && options.renew !== false;
    if (!expired || (await renewSession()) === 'ended') throw thrown;
    return await callOnce<T>(path, options);
  }
}

async function callOnce<T>(
  path: string,
  { method = 'GET', body, signal, timeout = TIMEOUT_MS, keepalive = false }: CallOptions,
): Promise<T> {
  const late = AbortSignal.timeout(timeout);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  try {
    const response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      keepalive,
      signal: signal ? AbortSignal.any([signal, late]) : late,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const content = await response.text();
    if (!response.ok) {
      throw problemOf({
        status: response.status,
        body: parse(content),
        traceId: response.headers.get('x-trace-id'),
        retryAfter: response.headers.get('retry-after'),
      });
    }
    return (content === '' ? undefined : JSON.parse(content)) as T;
  } catch (thrown) {
    if (thrown instanceof Problem || signal?.aborted) throw thrown;
    if (thrown instanceof SyntaxError) throw new Problem({ status: 0, code: 'UNEXPECTED_ANSWER', detail: 'The answer is not JSON.' });
    throw unreachable(late.aborted ? 'The server did not answer in time.' : 'The server does not answer.');
  }
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}
