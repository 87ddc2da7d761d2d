import { describe, expect, it } from 'vitest';
import { problemOf, unreachable } from '../api/problem.js';
import { pauseBefore, verdictOn } from './reconnect.js';

const refusal = (status: number, code: string) => problemOf({ status, body: { code, detail: '' } });

describe('the way back to a desktop', () => {
  it('is tried at once, then after growing pauses of ten seconds at most', () => {
    const pauses = Array.from({ length: 12 }, (_, attempt) => pauseBefore(attempt, 0));
    expect(pauses[0]).toBe(0);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(Math.max(...pauses)).toBe(10_000);
  });

  it('is not taken by everybody in the same instant', () => {
    expect(pauseBefore(6, 1)).toBe(8_000);
  });

  it.each([
    [unreachable('no route'), 'retry'],
    [refusal(503, 'NOT_READY'), 'retry'],
    [refusal(502, 'DESKTOP_UNREACHABLE'), 'retry'],
    [refusal(429, 'TOO_MANY_REQUESTS'), 'retry'],
    [refusal(409, 'DESKTOP_NOT_READY'), 'look'],
    [refusal(401, 'SESSION_ENDED'), 'signed-out'],
    [refusal(404, 'DESKTOP_NOT_FOUND'), 'over'],
    [refusal(403, 'FORBIDDEN'), 'over'],
  ])('after %s: %s', (problem, verdict) => {
    expect(verdictOn(problem)).toBe(verdict);
  });
});
