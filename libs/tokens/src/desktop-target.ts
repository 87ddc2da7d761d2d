/** The way to one run of a desktop, sealed once by the control plane and opened once by each gateway, however often its tokens are renewed. */
import { hash } from 'node:crypto';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { CompactEncrypt } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { BoundedWork } from './bounded-work.js';
import type { KeyRing } from './key-ring.js';
import { openSealed } from './sealed-target.js';

/** Where the agent of a run listens, and the secret it shares with whoever may call it. */
export interface DesktopTarget {
  /** An IP address, never a name. */
  readonly address: string;
  readonly port: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const KEY_ENCRYPTION = 'RSA-OAEP-256';
const CONTENT_ENCRYPTION = 'A256GCM';
/** So many are remembered; one that was forgotten costs its work once more. */
const REMEMBERED = 10_000;

const targetSchema = z.object({
  address: z.string().refine((address) => isIP(address) !== 0),
  port: z.int().min(1).max(65_535),
  secret: z.string().regex(/^[\w-]{43}$/),
});

/** The hash, so that a dump of this memory shows neither a secret nor a sealed one. */
const digest = (text: string): string => hash('sha256', text, 'base64url');

/** The control plane's half: needs the public half of the gateways' key. */
export class TargetSealer {
  readonly #ring: KeyRing;
  readonly #sealed = new LRUCache<string, string>({ max: REMEMBERED });

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** @returns a compact JWE; the same one as long as neither the target nor the key to seal with changes */
  async seal({ address, port, secret }: DesktopTarget, now: Date): Promise<string> {
    const { kid, key } = this.#ring.encryptionKey(now);
    const text = JSON.stringify({ address, port, secret: Buffer.from(secret).toString('base64url') });
    const name = digest(`${kid} ${text}`);
    const known = this.#sealed.get(name);
    if (known !== undefined) return known;
    const header = { alg: KEY_ENCRYPTION, enc: CONTENT_ENCRYPTION, kid };
    const sealed = await new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(key);
    this.#sealed.set(name, sealed);
    return sealed;
  }
}

interface Opened {
  readonly target: DesktopTarget;
  /** Of the key that it was sealed for. */
  readonly kid: string | undefined;
}

/** The gateway's half: needs their private key. To be asked only about what the control plane has signed. */
export class TargetOpener {
  readonly #ring: KeyRing;
  readonly #opened = new LRUCache<string, Opened>({ max: REMEMBERED });
  /**
   * Node's thread pool has four threads and serves files and names too: private-key work never takes more than half of it, and leaves a processor to the
   * event loop, where streams of others flow.
   */
  readonly #decryptions = new BoundedWork(availableParallelism() > 2 ? 2 : 1);

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** @throws whatever is found wrong with it, which is not remembered */
  async open(sealed: string): Promise<DesktopTarget> {
    const name = digest(sealed);
    const known = this.#opened.get(name);
    // A key that was taken out, as one that was stolen is, takes along what was sealed for it.
    if (known && this.#ring.decryptionKey(known.kid)) return known.target;
    const opened = await this.#decryptions.run(() => this.#decrypt(sealed));
    this.#opened.set(name, opened);
    return opened.target;
  }

  async #decrypt(sealed: string): Promise<Opened> {
    let named: string | undefined;
    const text = await openSealed(sealed, (kid) => {
      named = kid;
      return this.#ring.decryptionKey(kid);
    });
    const { address, port, secret } = targetSchema.parse(JSON.parse(text));
    return { target: { address, port, secret: Buffer.from(secret, 'base64url') }, kid: named };
  }
}
