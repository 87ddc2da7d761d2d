/** Makes a Kerberos keytab from a password, so that programs of a desktop get tickets without ever seeing the password. Pure but for the hashing. */
import { createCipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

export interface KerberosName {
  readonly realm: string;
  /** Without the realm. */
  readonly principal: string;
  /** What the realm mixes into the key. */
  readonly salt: string;
}

/** RFC 3962: what realms use unless they are told otherwise. */
const ITERATIONS = 4096;
const AES256_CTS_HMAC_SHA1_96 = 18;
/** "kerberos" folded to 128 bits (RFC 3961, 5.1). */
const FOLDED = Buffer.from('6b65726265726f737b9b5b2b93132b93', 'hex');
const KRB5_NT_PRINCIPAL = 1;

/** RFC 3962, section 4. */
export async function aes256Key(password: string, salt: string, iterations = ITERATIONS): Promise<Buffer> {
  const seed = await promisify(pbkdf2)(password, salt, iterations, 32, 'sha1');
  const encrypt = (block: Buffer): Buffer => createCipheriv('aes-256-ecb', seed, null).setAutoPadding(false).update(block);
  const first = encrypt(FOLDED);
  return Buffer.concat([first, encrypt(first)]);
}

/** The keytab's file, version 2, with one key: https://web.mit.edu/kerberos/krb5-latest/doc/formats/keytab_file_format.html */
export async function makeKeytab({ realm, principal, salt }: KerberosName, password: string, now = Date.now()): Promise<Buffer> {
  const key = await aes256Key(password, salt);
  const entry = Buffer.concat([
    uint(2, 1),
    counted(realm),
    counted(principal),
    uint(4, KRB5_NT_PRINCIPAL),
    uint(4, Math.floor(now / 1000)),
    // Its version is not known, and not asked for when a ticket is got.
    uint(1, 0),
    uint(2, AES256_CTS_HMAC_SHA1_96),
    counted(key),
  ]);
  return Buffer.concat([uint(2, 0x0502), uint(4, entry.length), entry]);
}

function uint(bytes: number, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
}

const counted = (content: string | Buffer): Buffer => Buffer.concat([uint(2, Buffer.byteLength(content)), Buffer.from(content)]);
