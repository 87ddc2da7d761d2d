import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuthenticatedUser } from '#libs/common';
import { type DesktopGrant, DesktopTokenIssuer, DesktopTokenVerifier, KeyRing, UserTokens } from '#libs/tokens';

const fry: AuthenticatedUser = {
  id: 'a'.repeat(26),
  sessionId: 's1',
  provider: 'demo',
  subject: '17',
  name: 'Philip J. Fry',
  roles: ['user'],
  labels: ['crew'],
};
const grant: DesktopGrant = {
  userId: fry.id,
  sessionId: 's1',
  desktop: 'b'.repeat(26),
  run: 4,
  scopes: ['control', 'files'],
  target: { address: '127.0.0.1', port: 4711, secret: randomBytes(32) },
};
const now = new Date('2026-11-22T10:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

let scratch: string;
let ring: KeyRing;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'deskhand-tokens-'));
  ring = await KeyRing.open(join(scratch, 'keys'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a user token', () => {
  it('gives back the user it was issued for', async () => {
    const tokens = new UserTokens(ring, 'here', 900);
    const { token, expiresInSeconds } = await tokens.issue(fry, now);
    expect(expiresInSeconds).toBe(900);
    await expect(tokens.verify(token, now)).resolves.toEqual(fry);
  });

  it('has the claims and the header that the design fixes', async () => {
    const { token } = await new UserTokens(ring, 'here', 900).issue(fry, now);
    const seconds = now.getTime() / 1000;
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', typ: 'user+jwt', kid: ring.signingKey().kid });
    expect(decodeJwt(token)).toEqual({
      iss: 'here',
      aud: 'api',
      sub: fry.id,
      sid: 's1',
      provider: 'demo',
      subject: '17',
      name: 'Philip J. Fry',
      roles: ['user'],
      labels: ['crew'],
      iat: seconds,
      exp: seconds + 900,
      jti: expect.stringMatching(/^[\w-]{36}$/),
    });
  });

  it('ends at its expiry to the second, also when it is known already', async () => {
    const tokens = new UserTokens(ring, 'here', 900);
    const { token } = await tokens.issue(fry, now);
    await expect(tokens.verify(token, later(899))).resolves.toEqual(fry);
    await expect(tokens.verify(token, later(900))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('a desktop token', () => {
  it('gives the gateway the way to the desktop', async () => {
    const { token, expiresInSeconds } = await new DesktopTokenIssuer(ring, 'here').issue(grant, now);
    expect(expiresInSeconds).toBe(300);
    const verified = await new DesktopTokenVerifier(ring, 'here').verify(token, now);
    expect({ ...verified, target: { ...verified.target, secret: Uint8Array.from(verified.target.secret) } }).toEqual({
      ...grant,
      target: { ...grant.target, secret: Uint8Array.from(grant.target.secret) },
    });
  });

  it('shows nobody else where the desktop is, and fits into a cookie', async () => {
    const { token } = await new DesktopTokenIssuer(ring, 'here').issue(grant, now);
    const { target, ...claims } = decodeJwt(token);
    const seconds = now.getTime() / 1000;
    expect(claims).toEqual({
      iss: 'here',
      aud: 'gateway',
      sub: fry.id,
      sid: 's1',
      desktop: grant.desktop,
      run: 4,
      scope: 'control files',
      iat: seconds,
      exp: seconds + 300,
      jti: expect.any(String),
    });
    expect(decodeProtectedHeader(target as string)).toEqual({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: ring.encryptionKey().kid });
    expect(Buffer.from(token.split('.')[1]!, 'base64url').toString()).not.toContain('4711');
    expect(token.length).toBeLessThan(3_500);
  });

  it('is verified once, and no longer than until its expiry', async () => {
    const { token } = await new DesktopTokenIssuer(ring, 'here').issue(grant, now);
    const verifier = new DesktopTokenVerifier(ring, 'here');
    const [first, same] = await Promise.all([verifier.verify(token, now), verifier.verify(token, now)]);
    expect(same).toBe(first);
    expect(await verifier.verify(token, later(299))).toBe(first);
    await expect(verifier.verify(token, later(300))).rejects.toMatchObject({ code: 'DESKTOP_TOKEN_INVALID' });
  });

  it('that is known is served at once under a flood of others, which is bounded', async () => {
    const verifier = new DesktopTokenVerifier(ring, 'here');
    // Each of an issuer of its own: none leads to a run that is known already.
    const issue = () => new DesktopTokenIssuer(ring, 'here').issue(grant, now);
    const { token } = await issue();
    await verifier.verify(token, now);
    const others = await Promise.all(Array.from({ length: 1_010 }, async () => (await issue()).token));
    const [other = ''] = others;
    const outcomes: string[] = [];
    const forged = Array.from({ length: 1_500 }, (_, n) => `${other}${n}`);
    const flood = [...forged, ...others].map((each) =>
      verifier.verify(each, now).then(
        () => outcomes.push('opened'),
        (error: { code: string }) => outcomes.push(error.code),
      ),
    );
    await verifier.verify(token, now).then(() => outcomes.push('known'));
    expect(outcomes).not.toContain('opened');
    await Promise.all(flood);
    const count = (outcome: string) => outcomes.filter((each) => each === outcome).length;
    // What we did not sign takes no place; of what we did, what is beyond the bound is turned away without work.
    expect([count('DESKTOP_TOKEN_INVALID'), count('opened'), count('TOO_MANY_REQUESTS')]).toEqual([1_500, 1_000, 10]);
    await expect(verifier.verify(other, now)).resolves.toMatchObject({ run: 4 });
  });
});
