import { describe, expect, it } from 'vitest';
import { COOKIE_PATHS, cookieNames, readCookies, tokenCookie } from '#libs/tokens';

describe('cookies', () => {
  it('carry prefixes over https, so that a sibling site cannot plant them', () => {
    expect(cookieNames(true)).toEqual({
      user: '__Host-deskhand-user',
      refresh: '__Secure-deskhand-refresh',
      desktop: '__Secure-deskhand-desktop',
      ticket: '__Secure-deskhand-ticket',
    });
    expect(Object.values(cookieNames(false)).every((name) => !name.startsWith('__'))).toBe(true);
  });

  it('are HttpOnly and SameSite=Strict always, Secure over https', () => {
    const cookie = { name: 'n', value: 'v', path: COOKIE_PATHS.desktop('abc'), maxAgeSeconds: 300.9 };
    expect(tokenCookie({ ...cookie, secure: false })).toBe('n=v; Path=/d/abc/; Max-Age=300; HttpOnly; SameSite=Strict');
    expect(tokenCookie({ ...cookie, secure: true })).toBe('n=v; Path=/d/abc/; Max-Age=300; HttpOnly; SameSite=Strict; Secure');
  });

  it('are Lax only where they have to come back from another site', () => {
    const ticket = { name: 'n', value: 'v', path: COOKIE_PATHS.ticket('google'), maxAgeSeconds: 600, secure: true };
    expect(tokenCookie({ ...ticket, sameSite: 'Lax' })).toBe(
      'n=v; Path=/api/v1/auth/oauth/google; Max-Age=600; HttpOnly; SameSite=Lax; Secure',
    );
  });

  it('are read by their exact name, every value of it', () => {
    expect(readCookies('a=1; deskhand-user=x;deskhand-user=y; deskhand-users=z; xdeskhand-user=w', 'deskhand-user')).toEqual(['x', 'y']);
    expect(readCookies(undefined, 'deskhand-user')).toEqual([]);
    expect(readCookies('deskhand-user', 'deskhand-user')).toEqual([]);
  });
});
