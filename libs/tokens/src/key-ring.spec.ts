import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing } from '#libs/tokens';
import { keyFileName } from './key-files.js';

let scratch: string;
const day = (n: number) => new Date(Date.UTC(2020, 0, n));
const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits });
const pem = (bits = 2048) => rsa(bits).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const folderWith = async (files: Record<string, string>) => {
  const folder = await mkdtemp(join(scratch, 'keys-'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
};

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'deskhand-keys-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('a new key ring', () => {
  it('is made on first start, for the owner only, and is the same on the next', async () => {
    const folder = join(scratch, 'data', 'keys');
    const first = await KeyRing.open(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
    const second = await KeyRing.open(folder);
    expect(second.jwks()).toEqual(first.jwks());
    expect(second.master).toEqual(first.master);
    expect(first.master).toHaveLength(32);
    expect(await readdir(join(scratch, 'data'))).toEqual(['keys']);
  });

  it('is one and the same for processes that start at once', async () => {
    const folder = join(scratch, 'raced', 'keys');
    const rings = await Promise.all(Array.from({ length: 5 }, () => KeyRing.open(folder)));
    expect(new Set(rings.map((ring) => ring.signingKey().kid)).size).toBe(1);
    expect(new Set(rings.map((ring) => Buffer.from(ring.master).toString('hex'))).size).toBe(1);
    expect(await readdir(join(scratch, 'raced'))).toEqual(['keys']);
  });

  it('shows public keys by their RFC 7638 thumbprint, and nothing private', async () => {
    const ring = await KeyRing.open(join(scratch, 'data', 'keys'));
    const [jwk] = ring.jwks().keys;
    expect(Object.keys(jwk!).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    const thumbprint = createHash('sha256').update(`{"e":"${jwk!.e}","kty":"RSA","n":"${jwk!.n}"}`).digest('base64url');
    expect(jwk).toMatchObject({ kid: thumbprint, alg: 'RS256', use: 'sig' });
    expect(ring.verificationKey(thumbprint)?.type).toBe('public');
    expect(ring.verificationKey('../../etc/passwd')).toBeUndefined();
  });
});

describe('rotation', () => {
  it('signs with the newest key whose date has come, and verifies with all', async () => {
    const folder = await folderWith({
      [keyFileName('signing', day(1))]: pem(),
      [keyFileName('signing', day(10))]: pem(),
      [keyFileName('target', day(1))]: pem(),
      [keyFileName('target', day(10))]: pem(),
    });
    const ring = await KeyRing.open(folder);
    const [before, after] = [ring.signingKey(day(9)), ring.signingKey(day(10))];
    expect(before.kid).not.toBe(after.kid);
    expect(ring.verificationKey(before.kid)).toBeDefined();
    expect(ring.verificationKey(after.kid)).toBeDefined();
    expect(ring.jwks().keys.map(({ kid }) => kid)).toEqual([before.kid, after.kid]);
    expect(ring.encryptionKey(day(9)).kid).not.toBe(ring.encryptionKey(day(10)).kid);
    expect(ring.decryptionKey(ring.encryptionKey(day(9)).kid)?.type).toBe('private');
  });

  it('needs no restart: a key that is added is known soon, and a broken folder leaves the known ones', async () => {
    const folder = await folderWith({ [keyFileName('signing', day(1))]: pem() });
    const ring = await KeyRing.open(folder);
    const { kid } = ring.signingKey(day(20));
    const errors: unknown[] = [];
    const stop = ring.watch((error) => errors.push(error), 20);
    await writeFile(join(folder, keyFileName('signing', day(10))), pem());
    await expect.poll(() => ring.signingKey(day(20)).kid).not.toBe(kid);
    expect(ring.verificationKey(kid)).toBeDefined();
    await writeFile(join(folder, keyFileName('signing', day(11))), 'no key');
    // It may be seen while it is being written, and then once more.
    await expect.poll(() => errors.length).toBeGreaterThan(0);
    expect(ring.jwks().keys).toHaveLength(2);
    stop();
  });

  it('signs with the oldest key when the clock stands before all of them', async () => {
    const ring = await KeyRing.open(await folderWith({ [keyFileName('signing', day(5))]: pem(), [keyFileName('signing', day(6))]: pem() }));
    expect(ring.signingKey(day(1)).kid).toBe(ring.signingKey(day(5)).kid);
  });

  it('lets a gateway live with public signing keys and a control plane with public target keys', async () => {
    const [signing, target] = [rsa(2048), rsa(2048)];
    const text = (key: typeof signing.publicKey) => key.export({ type: 'spki', format: 'pem' }).toString();
    const ring = await KeyRing.open(
      await folderWith({
        [keyFileName('signing', day(1))]: text(signing.publicKey),
        [keyFileName('target', day(1))]: text(target.publicKey),
      }),
    );
    expect(ring.jwks().keys).toHaveLength(1);
    expect(ring.encryptionKey().key.type).toBe('public');
    expect(ring.decryptionKey(ring.encryptionKey().kid)).toBeUndefined();
    expect(() => ring.signingKey()).toThrow(/signing/);
    expect(() => ring.master).toThrow(/master\.secret/);
  });
});

describe('a broken key folder says which file is at fault', () => {
  const signing = keyFileName('signing', day(1));
  const cases: [string, Record<string, string>, RegExp][] = [
    ['text that is no key', { [signing]: 'hello' }, /signing-20200101T000000Z\.pem is not a key/],
    ['half a key', { [signing]: pem().slice(0, 900) }, /signing-20200101T000000Z\.pem is not a key/],
    ['a key of another kind', { [signing]: ed25519() }, /is not an RSA key of 2048 bits/],
    ['a short key', { [signing]: pem(1024) }, /is not an RSA key of 2048 bits/],
    ['a name without a date', { 'signing-new.pem': pem() }, /signing-new\.pem: a key's file is called like/],
    ['a date that is none', { 'signing-20209901T000000Z.pem': pem() }, /a key's file is called like/],
    ['a short master secret', { 'master.secret': 'abc' }, /master\.secret does not hold 32 bytes/],
  ];
  it.each(cases)('%s', async (_, files, message) => {
    const opening = KeyRing.open(await folderWith(files));
    await expect(opening).rejects.toMatchObject({ code: 'KEYS_UNREADABLE' });
    await expect(opening).rejects.toThrow(message);
  });

  it('a folder where a file should be, and a file where the folder should be', async () => {
    const folder = await folderWith({});
    await mkdir(join(folder, signing));
    await expect(KeyRing.open(folder)).rejects.toThrow(/EISDIR/);
    const file = join(await folderWith({ keys: '' }), 'keys');
    await expect(KeyRing.open(file)).rejects.toThrow(/ENOTDIR/);
  });

  it('never quotes what a key file holds', async () => {
    const folder = await folderWith({ 'master.secret': 'hunter2-hunter2-hunter2' });
    const error = await KeyRing.open(folder).catch((thrown: Error) => thrown);
    expect(`${error} ${(error as Error).cause}`).not.toContain('hunter2');
  });
});

function ed25519(): string {
  return generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
