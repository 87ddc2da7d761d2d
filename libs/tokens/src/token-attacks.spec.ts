import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactEncrypt, type CompactJWEHeaderParameters, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DesktopTokenVerifier, KeyRing, UserTokens } from '#libs/tokens';
import { keyFileName } from './key-files.js';

/** Everything that an attacker may send, made with the very keys of the installation where that makes the attack stronger. */
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
const retired = generateKeyPairSync('rsa', { modulusLength: 2048 });
const seconds = Math.floor(Date.now() / 1000);

let scratch: string;
let ring: KeyRing;
let kid: string;
let base: Record<'user' | 'desktop', Claims>;
type Claims = Record<string, unknown>;
type Kind = keyof typeof base;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'deskhand-attacks-'));
  ring = await KeyRing.open(join(scratch, 'keys'));
  kid = ring.signingKey().kid;
  const common = { iss: 'here', sub: 'a'.repeat(26), sid: 's1', jti: randomUUID(), iat: seconds, exp: seconds + 200 };
  base = {
    user: { ...common, aud: 'api', provider: 'demo', subject: '17', name: 'Fry', roles: ['user'], labels: [] },
    desktop: { ...common, aud: 'gateway', desktop: 'b'.repeat(26), run: 1, scope: 'control', target: await seal() },
  };
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

const target = { address: '127.0.0.1', port: 4711, secret: randomBytes(32).toString('base64url') };
const seal = (header: Partial<CompactJWEHeaderParameters> = {}, content: unknown = target, key?: KeyObject | Uint8Array) =>
  new CompactEncrypt(Buffer.from(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: ring.encryptionKey().kid, ...header })
    .encrypt(key ?? ring.encryptionKey().key);

const sign = (
  kind: Kind,
  claims: Claims = {},
  header: Partial<JWTHeaderParameters> = {},
  key: KeyObject | Uint8Array = ring.signingKey().key,
) => new SignJWT({ ...base[kind], ...claims }).setProtectedHeader({ alg: 'RS256', typ: `${kind}+jwt`, kid, ...header }).sign(key);

const unsigned = (header: object, claims: object) =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

const check = {
  user: (token: string, keys = ring) => new UserTokens(keys, 'here', 900).verify(token),
  desktop: (token: string, keys = ring) => new DesktopTokenVerifier(keys, 'here').verify(token),
};
const refusal = { user: { code: 'UNAUTHENTICATED' }, desktop: { code: 'DESKTOP_TOKEN_INVALID' } };

const kinds: Kind[] = ['user', 'desktop'];
describe.each(kinds)('a %s token', (kind) => {
  const refuses = (title: string, forge: () => string | Promise<string>) =>
    it(`is refused ${title}`, async () => expect(check[kind](await forge())).rejects.toMatchObject(refusal[kind]));

  it('that is right in everything is taken (else the cases below prove nothing)', async () =>
    expect(check[kind](await sign(kind))).resolves.toMatchObject({ sessionId: 's1' }));

  refuses('without signature, alg none', () => unsigned({ alg: 'none', typ: `${kind}+jwt`, kid }, base[kind]));
  refuses('without signature, alg None', () => unsigned({ alg: 'None', typ: `${kind}+jwt`, kid }, base[kind]));
  refuses('without signature, alg RS256', () => unsigned({ alg: 'RS256', typ: `${kind}+jwt`, kid }, base[kind]));
  for (const format of ['pem', 'der'] as const)
    refuses(`signed HS256 with our public key as ${format}`, () => {
      const text = ring.verificationKey(kid)!.export({ type: 'spki', format } as { type: 'spki'; format: 'pem' });
      return sign(kind, {}, { alg: 'HS256' }, Buffer.from(text));
    });
  for (const alg of ['RS384', 'RS512', 'PS256'])
    refuses(`signed with our key as ${alg}`, () => sign(kind, {}, { alg }, ring.signingKey().key));
  refuses('signed with another key under our kid', () => sign(kind, {}, {}, attacker.privateKey));
  refuses('signed with the key of targets', () => sign(kind, {}, {}, ring.decryptionKey(ring.encryptionKey().kid)!));
  for (const wrong of ['nobody', '', '../../keys/signing', 'https://evil.example/jwks.json', '__proto__', "' or 1=1"])
    refuses(`with kid ${JSON.stringify(wrong)}`, () => sign(kind, {}, { kid: wrong }, attacker.privateKey));
  refuses('with the kid of the target key', () => sign(kind, {}, { kid: ring.encryptionKey().kid }));
  refuses('without kid', () => sign(kind, {}, { kid: undefined as never }));
  refuses('with its own key in jwk', () => sign(kind, {}, { jwk: attacker.publicKey.export({ format: 'jwk' }) }, attacker.privateKey));
  refuses('with its own key at jku and x5u', () =>
    sign(kind, {}, { jku: 'http://127.0.0.1:1/jwks.json', x5u: 'http://127.0.0.1:1/cert.pem' }, attacker.privateKey),
  );
  refuses('with a critical header that nobody knows', () =>
    new SignJWT(base[kind])
      .setProtectedHeader({ alg: 'RS256', typ: `${kind}+jwt`, kid, crit: ['new'], new: 1 })
      .sign(ring.signingKey().key, { crit: { new: true } }),
  );

  for (const typ of ['JWT', 'at+jwt', kind === 'user' ? 'desktop+jwt' : 'user+jwt', undefined])
    refuses(`of typ ${typ}`, () => sign(kind, {}, { typ: typ as string }));
  for (const aud of ['elsewhere', kind === 'user' ? 'gateway' : 'api', '', [], 7])
    refuses(`for audience ${JSON.stringify(aud)}`, () => sign(kind, { aud }));
  refuses('of another installation', () => sign(kind, { iss: 'there' }));
  refuses('that has expired', () => sign(kind, { exp: seconds - 1 }));
  refuses('that would live for years', () => sign(kind, { exp: seconds + 315_360_000 }));
  refuses('of the future that would live no longer than others', () =>
    sign(kind, { iat: seconds + 315_360_000, exp: seconds + 315_360_200 }),
  );
  refuses('whose expiry is no number', () => sign(kind, { exp: '9999999999' as never }));
  refuses('before its time', () => sign(kind, { nbf: seconds + 100 }));

  const required = {
    user: ['sub', 'sid', 'provider', 'subject', 'name', 'roles', 'labels'],
    desktop: ['sub', 'sid', 'desktop', 'run', 'scope', 'target'],
  };
  for (const claim of ['iss', 'aud', 'exp', 'iat', 'jti', ...required[kind]])
    refuses(`without ${claim}`, () => sign(kind, { [claim]: undefined }));

  refuses('when any part of it was changed', async () => {
    const [header, , signature] = (await sign(kind)).split('.');
    return [header, Buffer.from(JSON.stringify({ ...base[kind], sub: 'c'.repeat(26) })).toString('base64url'), signature].join('.');
  });
  refuses('that is 64 kB long', () => sign(kind, { padding: 'x'.repeat(48_000) }));
  for (const junk of ['', '.', '..', 'a.b.c', '....', '\u0000', 'é.é.é', '{}']) refuses(`that is ${JSON.stringify(junk)}`, () => junk);
  refuses('of the other kind', () => sign(kind === 'user' ? 'desktop' : 'user'));
});

describe('a desktop token is refused', () => {
  const refuses = (title: string, claims: () => Claims | Promise<Claims>) =>
    it(title, async () => expect(check.desktop(await sign('desktop', await claims()))).rejects.toMatchObject(refusal.desktop));

  refuses('when its target was changed', async () => {
    const parts = (await seal()).split('.');
    parts[3] = Buffer.from('x'.repeat(Buffer.from(parts[3]!, 'base64url').length)).toString('base64url');
    return { target: parts.join('.') };
  });
  refuses('when its target is sealed with a shared key', async () => ({ target: await seal({ alg: 'dir' }, target, randomBytes(32)) }));
  refuses('when its target is sealed with another algorithm', async () => ({ target: await seal({ alg: 'RSA-OAEP' }) }));
  refuses('when its target is enciphered with another algorithm', async () => ({ target: await seal({ enc: 'A128CBC-HS256' }) }));
  refuses('when its target is compressed', async () => ({ target: await seal({ zip: 'DEF' }) }));
  refuses('when its target is sealed for another key', async () => ({ target: await seal({}, target, attacker.publicKey) }));
  refuses('when its target names another key', async () => ({ target: await seal({ kid: 'other' }, target, attacker.publicKey) }));
  refuses('when its target stands there in the clear', () => ({ target: JSON.stringify(target) }));
  refuses('when its target is a host name', async () => ({ target: await seal({}, { ...target, address: 'localhost' }) }));
  refuses('when its target is a path', async () => ({ target: await seal({}, { ...target, address: '/run/x.sock' }) }));
  refuses('when its port is none', async () => ({ target: await seal({}, { ...target, port: 70_000 }) }));
  refuses('when its secret is short', async () => ({ target: await seal({}, { ...target, secret: 'abc' }) }));
  refuses('when its scope is one that no token has', () => ({ scope: 'operate' }));
  refuses('when its scope is empty', () => ({ scope: '' }));
  refuses('when its desktop is no id', () => ({ desktop: '../etc' }));
  refuses('when its run is no number', () => ({ run: '1' }));
});

it('a token signed with a key that was taken out of the ring is refused, one of an older key that is still there is taken', async () => {
  const folder = await mkdtemp(join(scratch, 'rotated-'));
  const text = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(join(folder, keyFileName('signing', new Date(0))), text(retired.privateKey));
  const before = await KeyRing.open(folder);
  const { token } = await new UserTokens(before, 'here', 900).issue({ ...user(), id: 'a' });
  await writeFile(join(folder, keyFileName('signing', new Date(1000))), text(attacker.privateKey));
  const both = await KeyRing.open(folder);
  expect(createPublicKey(attacker.privateKey).equals(both.verificationKey(both.signingKey().kid)!)).toBe(true);
  await expect(check.user(token, both)).resolves.toMatchObject({ id: 'a' });
  await rm(join(folder, keyFileName('signing', new Date(0))));
  await expect(check.user(token, await KeyRing.open(folder))).rejects.toMatchObject(refusal.user);
});

it.each(kinds)('a %s token that is known is not any more once its key was taken out of the ring', async (kind) => {
  const folder = await mkdtemp(join(scratch, 'stolen-'));
  const files = [1, 2].map((n) => keyFileName('signing', new Date(n * 1000)));
  const text = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  await writeFile(join(folder, files[0]!), text(retired.privateKey));
  await writeFile(join(folder, files[1]!), text(attacker.privateKey));
  const opener = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(join(folder, keyFileName('target', new Date(0))), text(opener.privateKey));
  const keys = await KeyRing.open(folder);
  const [stolen, left] = [keys.signingKey(new Date(1500)), keys.signingKey()];
  const sealed = await new CompactEncrypt(Buffer.from(JSON.stringify(target)))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid: keys.encryptionKey().kid })
    .encrypt(keys.encryptionKey().key);
  const made = ({ kid, key }: typeof stolen) => sign(kind, kind === 'desktop' ? { target: sealed } : {}, { kid }, key);
  const verifiers = { user: new UserTokens(keys, 'here', 900), desktop: new DesktopTokenVerifier(keys, 'here') };
  const [theirs, ours] = [await made(stolen), await made(left)];
  for (const token of [theirs, ours]) await expect(verifiers[kind].verify(token)).resolves.toMatchObject({ sessionId: 's1' });
  await rm(join(folder, files[0]!));
  await keys.reload();
  await expect(verifiers[kind].verify(theirs)).rejects.toMatchObject(refusal[kind]);
  expect(verifiers.desktop.known(theirs)).toBeUndefined();
  await expect(verifiers[kind].verify(ours)).resolves.toMatchObject({ sessionId: 's1' });
});

function user() {
  return { sessionId: 's', provider: 'p', subject: 's', name: 'n', roles: [], labels: [] };
}
