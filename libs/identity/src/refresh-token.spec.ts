/** The shape of refresh tokens. */
import { describe, expect, it } from 'vitest';
import { newRefreshToken, parseRefreshToken } from './refresh-token.js';

const session = '5b3d3c3e-0d5a-4a53-9b52-6a3f7f4a2c10';

describe('a refresh token', () => {
  it('names its session and is known again by its hash', () => {
    const made = newRefreshToken(session);
    expect(parseRefreshToken(made.token)).toStrictEqual(made);
    expect(made.session).toBe(session);
    expect(made.token).not.toContain(made.hash);
  });
  it('is another one each time', () => expect(newRefreshToken(session).token).not.toBe(newRefreshToken(session).token));
  it.each([
    '',
    '.',
    session,
    `${session}.`,
    `${session}.short`,
    `not-a-session.${'x'.repeat(43)}`,
    `${newRefreshToken(session).token}.more`,
  ])('%j is none', (token) => expect(parseRefreshToken(token)).toBeUndefined());
});
