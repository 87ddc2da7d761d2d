/** Turns an error into the one shape that every HTTP answer of Deskhand uses for failures: RFC 9457 `application/problem+json`. */
import { DeskhandError } from './errors.js';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy?: string;
  readonly traceId: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The error as it may be shown; what is not one of ours becomes `INTERNAL_ERROR` without a word of its message. */
export function toDeskhandError(error: unknown): DeskhandError {
  return error instanceof DeskhandError ? error : new DeskhandError('INTERNAL_ERROR', undefined, {}, { cause: error });
}

export function toProblem(error: DeskhandError, traceId: string): Problem {
  return {
    type: `urn:deskhand:error:${error.code}`,
    title: error.title,
    status: error.status,
    code: error.code,
    detail: error.detail,
    remedy: error.remedy,
    traceId,
    ...(error.extras.fields ? { fields: error.extras.fields } : {}),
  };
}

/** Headers that belong to the problem: content type, never cached, and `Retry-After` or `Allow` where the error has them. */
export function problemHeaders(error: DeskhandError): Record<string, string> {
  return {
    'content-type': PROBLEM_CONTENT_TYPE,
    'cache-control': 'no-store',
    ...(error.extras.retryAfter !== undefined ? { 'retry-after': String(Math.ceil(error.extras.retryAfter)) } : {}),
    ...(error.extras.allow ? { allow: error.extras.allow.join(', ') } : {}),
  };
}
