/** Opens the sealed way to a desktop: a compact JWE (RFC 7516) of the one kind that we make, RSA-OAEP-256 with A256GCM. */
import { createDecipheriv, createSecretKey, type KeyObject, subtle, type webcrypto } from 'node:crypto';

const KEY_ENCRYPTION = 'RSA-OAEP-256';
const CONTENT_ENCRYPTION = 'A256GCM';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Imported once: a key's import costs as much as its work. */
const imported = new WeakMap<KeyObject, webcrypto.CryptoKey>();

function importKey(key: KeyObject): webcrypto.CryptoKey {
  const known = imported.get(key);
  if (known) return known;
  const made = key.toCryptoKey({ name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['decrypt']);
  imported.set(key, made);
  return made;
}

/**
 * The private-key work is done by the thread pool.
 * @param keyOf the private key of a `kid`; the header's own keys are never looked at
 * @throws TypeError, or whatever the decryption finds wrong
 */
export async function openSealed(sealed: string, keyOf: (kid: string | undefined) => KeyObject | undefined): Promise<string> {
  const [header, key, nonce, content, tag, ...more] = sealed.split('.');
  if (!header || !key || !nonce || !content || !tag || more.length > 0) throw new TypeError('the target is no compact JWE');
  const { alg, enc, kid, ...others } = JSON.parse(Buffer.from(header, 'base64url').toString('utf8')) as Record<string, unknown>;
  if (alg !== KEY_ENCRYPTION || enc !== CONTENT_ENCRYPTION || 'zip' in others || 'crit' in others)
    throw new TypeError('the target is sealed in another way than ours');
  const privateKey = keyOf(typeof kid === 'string' ? kid : undefined);
  if (!privateKey) throw new TypeError('the target is sealed for a key that is not ours');
  const contentKey = Buffer.from(await subtle.decrypt({ name: 'RSA-OAEP' }, importKey(privateKey), Buffer.from(key, 'base64url')));
  const [iv, authTag] = [Buffer.from(nonce, 'base64url'), Buffer.from(tag, 'base64url')];
  if (contentKey.length !== KEY_BYTES || iv.length !== NONCE_BYTES || authTag.length !== TAG_BYTES)
    throw new TypeError('the target is sealed with parts of the wrong size');
  // Through a key object: Node takes bare bytes at three times the cost.
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(contentKey), iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(header, 'latin1')).setAuthTag(authTag);
  return Buffer.concat([decipher.update(Buffer.from(content, 'base64url')), decipher.final()]).toString('utf8');
}
