import { describe, expect, it } from 'vitest';
import { cookiePlaces, readCookies, tokenCookie } from '#libs/tokens';

describe('cookies', () => {
  it('over https belong to this host alone, so that no sibling can plant them', () => {
    const { user, refresh, ticket, desktop } = cookiePlaces(true);
    expect([user, refresh, ticket('google'), desktop('abc')]).toEqual([
      { name: '__Host-deskhand-user', path: '/' },
      { name: '__Host-deskhand-refresh', path: '/' },
      { name: '__Host-deskhand-ticket-google', path: '/' },
      { name: '__Secure-deskhand-desktop', path: '/d/abc/' },
    ]);
  });

  it('over plain http have no prefix, and go no further than they have to', () => {
    const { user, refresh, ticket, desktop } = cookiePlaces(false);
    expect([user, refresh, ticket('google'), desktop('abc')]).toEqual([
      { name: 'deskhand-user', path: '/' },
      { name: 'deskhand-refresh', path: '/api/v1/auth' },
      { name: 'deskhand-ticket-google', path: '/api/v1/auth/oauth/google' },
      { name: 'deskhand-desktop', path: '/d/abc/' },
    ]);
  });

  it('are HttpOnly and SameSite=Strict always, Secure over https', () => {
    const cookie = { name: 'n', value: 'v', path: '/d/abc/', maxAgeSeconds: 300.9 };
    expect(tokenCookie({ ...cookie, secure: false })).toBe('n=v; Path=/d/abc/; Max-Age=300; HttpOnly; SameSite=Strict');
    expect(tokenCookie({ ...cookie, secure: true })).toBe('n=v; Path=/d/abc/; Max-Age=300; HttpOnly; SameSite=Strict; Secure');
  });

  it('are Lax only where they have to come back from another site', () => {
    const ticket = { name: 'n', value: 'v', path: '/api/v1/auth/oauth/google', maxAgeSeconds: 600, secure: true };
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
