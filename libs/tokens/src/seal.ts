/** Keeps something with a browser that must neither read nor change it, for a while and for one purpose (AES-256-GCM). */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** What a cookie may have. */
const LONGEST_COOKIE = 4096;

export class Seal {
  readonly #key: KeyObject;

  /**
   * @param master the installation's 32 bytes: {@link KeyRing.master}
   * @param longest characters that are looked at
   */
  constructor(
    master: Uint8Array,
    private readonly longest = LONGEST_COOKIE,
  ) {
    this.#key = createSecretKey(new Uint8Array(hkdfSync('sha256', master, '', 'deskhand-seal-v1', 32)));
  }

  /** @param purpose what is sealed for one purpose opens for no other */
  close(purpose: string, text: string, lifeSeconds: number, now = Date.now()): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(purpose));
    const until = Math.floor(now / 1000 + lifeSeconds);
    return Buffer.concat([iv, cipher.update(`${until} ${text}`, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** What was sealed; undefined for whatever we did not seal for this purpose, and for what has lived too long. */
  open(purpose: string, sealed: string, now = Date.now()): string | undefined {
    const bytes = Buffer.from(sealed.slice(0, this.longest), 'base64url');
    if (bytes.length <= IV_BYTES + TAG_BYTES) return undefined;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
      const gap = opened.indexOf(' ');
      return Number(opened.slice(0, gap)) > now / 1000 ? opened.slice(gap + 1) : undefined;
    } catch {
      return undefined;
    }
  }
}
