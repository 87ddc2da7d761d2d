/** Turns whatever went wrong with a call into one kind of error that pages can show: a code, a sentence, a remedy. */

/** Codes of our own, beside those of the server. */
export type OwnCode = 'UNREACHABLE' | 'UNEXPECTED_ANSWER';

export interface ProblemFields {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy?: string | undefined;
  readonly traceId?: string | undefined;
  /** Seconds to wait, from Retry-After. */
  readonly retryAfter?: number | undefined;
}

export class Problem extends Error implements ProblemFields {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string | undefined;
  readonly traceId: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(fields: ProblemFields) {
    super(`${fields.code}: ${fields.detail}`);
    this.status = fields.status;
    this.code = fields.code;
    this.detail = fields.detail;
    this.remedy = fields.remedy;
    this.traceId = fields.traceId;
    this.retryAfter = fields.retryAfter;
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** A problem of an answer that is not 2xx; `body` is whatever came, JSON or not. */
export function problemOf(answer: { status: number; body: unknown; traceId?: string | null; retryAfter?: string | null }): Problem {
  const body = (typeof answer.body === 'object' && answer.body !== null ? answer.body : {}) as Record<string, unknown>;
  const seconds = Number(answer.retryAfter);
  const code = text(body.code);
  // A proxy in between answers 502-504 with a page of its own while the server restarts: to the reader that is a server that is not there.
  const away = code === undefined && answer.status >= 502 && answer.status <= 504;
  return new Problem({
    status: answer.status,
    code: code ?? (away ? 'UNREACHABLE' : 'UNEXPECTED_ANSWER'),
    detail: text(body.detail) ?? text(body.title) ?? `HTTP ${answer.status}`,
    remedy: text(body.remedy),
    traceId: text(body.traceId) ?? text(answer.traceId),
    retryAfter: answer.retryAfter && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
  });
}

/** The server did not answer at all, or not in time. */
export const unreachable = (detail: string): Problem => new Problem({ status: 0, code: 'UNREACHABLE', detail });

/** Anything thrown, as a problem. */
export const asProblem = (thrown: unknown): Problem =>
  thrown instanceof Problem ? thrown : new Problem({ status: 0, code: 'UNEXPECTED_ANSWER', detail: String(thrown) });

/** Another try later can succeed without anybody doing anything. */
export const isPassing = (problem: Problem): boolean => problem.status === 0 || problem.status === 429 || problem.status >= 500;

/** The user is not logged in any more, and renewing did not help. */
export const isSignedOut = (problem: Problem): boolean => problem.status === 401;
