import { describe, expect, it } from 'vitest';
import { asProblem, isPassing, isSignedOut, problemOf, unreachable } from './problem.js';

describe('a problem', () => {
  it('keeps code, detail, remedy and trace id of the answer', () => {
    const problem = problemOf({ status: 403, body: { code: 'NOT_ALLOWED', detail: 'No.', remedy: 'Ask.', traceId: 't1' } });
    expect({ ...problem }).toMatchObject({ status: 403, code: 'NOT_ALLOWED', detail: 'No.', remedy: 'Ask.', traceId: 't1' });
  });

  it('takes the trace id of the header when the body names none', () => {
    expect(problemOf({ status: 500, body: {}, traceId: 'h' }).traceId).toBe('h');
  });

  it.each([null, 'html', 7, [], { code: 3, detail: {} }])('survives a body that is no problem: %j', (body) => {
    expect({ ...problemOf({ status: 418, body }) }).toMatchObject({ code: 'UNEXPECTED_ANSWER', detail: 'HTTP 418' });
  });

  it.each([502, 503, 504])('reads a bare %i as a server that is away', (status) => {
    expect(problemOf({ status, body: '<html>' }).code).toBe('UNREACHABLE');
  });

  it.each([
    ['7', 7],
    ['0', 0],
    ['-1', undefined],
    ['soon', undefined],
    [null, undefined],
  ])('reads Retry-After %s as %s', (retryAfter, seconds) => {
    expect(problemOf({ status: 429, body: {}, retryAfter }).retryAfter).toBe(seconds);
  });

  it('passes by itself when the server is away, busy or broken, and only then', () => {
    const passing = [unreachable('x'), problemOf({ status: 429, body: {} }), problemOf({ status: 503, body: {} })].map(isPassing);
    const lasting = [400, 401, 403, 404, 409].map((status) => isPassing(problemOf({ status, body: {} })));
    expect(passing).toEqual([true, true, true]);
    expect(lasting).toEqual([false, false, false, false, false]);
  });

  it('tells a lost login from a forbidden thing', () => {
    expect(isSignedOut(problemOf({ status: 401, body: {} }))).toBe(true);
    expect(isSignedOut(problemOf({ status: 403, body: {} }))).toBe(false);
  });

  it('is made of anything that was thrown', () => {
    expect(asProblem(new TypeError('odd')).detail).toBe('TypeError: odd');
  });
});
