/** The keys of an installation, parsed once: the newest signs and encrypts, all of them verify and decrypt, so that a key can change without downtime. */
import { createHash, hkdfSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DeskhandError } from '#libs/common';
import { type KeyFile, type KeyFolder, type KeyUse, openKeyFolder } from './key-files.js';

/** A key with the id that tokens name it by. */
export interface NamedKey {
  /** RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly key: KeyObject;
}

/** A public signing key as `/.well-known/jwks.json` shows it. */
export interface PublicJwk {
  readonly kty: 'RSA';
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'RS256';
  readonly n: string;
  readonly e: string;
}

/** A key that was added is known within this time; signing with it may begin then. */
const WATCH_MS = 5_000;

interface Entry extends KeyFile {
  readonly kid: string;
}

export class KeyRing {
  /** Oldest first. */
  #entries: readonly Entry[];
  readonly #master: Buffer | undefined;
  readonly #line: Buffer | undefined;
  readonly #folder: string;

  private constructor(folder: string, { keys, master, line }: KeyFolder) {
    this.#folder = folder;
    this.#entries = entriesOf(keys);
    this.#master = master;
    this.#line = line;
  }

  /**
   * @param folder made with new keys (folder 0700, files 0600) where it is missing or empty
   * @throws DeskhandError `KEYS_UNREADABLE`, naming the file
   */
  static async open(folder: string): Promise<KeyRing> {
    return new KeyRing(folder, await openKeyFolder(folder));
  }

  /** Takes the keys as they lie there now. @throws DeskhandError `KEYS_UNREADABLE`; those known before then hold */
  async reload(): Promise<void> {
    this.#entries = entriesOf((await openKeyFolder(this.#folder)).keys);
  }

  /**
   * Looks every so often whether the folder has changed: keys are rotated without a restart.
   * @param onError told of a folder that could not be read
   * @returns ends it
   */
  watch(onError: (error: unknown) => void, everyMs = WATCH_MS): () => void {
    let seen = stateOf(this.#folder);
    const timer = setInterval(() => {
      const state = stateOf(this.#folder);
      if (state === seen) return;
      seen = state;
      this.reload().catch(onError);
    }, everyMs).unref();
    return () => clearInterval(timer);
  }

  /** The key to sign with: the newest whose date has come. */
  signingKey(now = new Date()): NamedKey {
    const { kid, privateKey } = this.#newest('signing', now, ({ privateKey }) => privateKey !== undefined);
    return { kid, key: privateKey as KeyObject };
  }

  /** The key that tokens of this `kid` are verified with. The id is looked up among ours and nowhere else. */
  verificationKey(kid: string): KeyObject | undefined {
    return this.#entries.find((entry) => entry.use === 'signing' && entry.kid === kid)?.publicKey;
  }

  /** The key to encrypt a target with: only its public half is needed. */
  encryptionKey(now = new Date()): NamedKey {
    const { kid, publicKey } = this.#newest('target', now, () => true);
    return { kid, key: publicKey };
  }

  /** The private key that opens targets of this `kid`. */
  decryptionKey(kid: string | undefined): KeyObject | undefined {
    return this.#entries.find((entry) => entry.use === 'target' && entry.kid === kid)?.privateKey;
  }

  /** 32 bytes; the secrets of desktops are derived from it. */
  get master(): Uint8Array {
    if (!this.#master) throw this.#missing('master.secret');
    return this.#master;
  }

  /** 32 bytes by which gateways and control plane know each other: of the file `gateways.secret`, else derived from the master. */
  get lineSecret(): Uint8Array {
    if (this.#line) return this.#line;
    if (!this.#master) throw this.#missing('gateways.secret');
    return new Uint8Array(hkdfSync('sha256', this.#master, '', 'deskhand-gateways-line-v1', 32));
  }

  /** The public signing keys, as RFC 7517 writes them. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    const keys = this.#entries
      .filter(({ use }) => use === 'signing')
      .map(({ kid, publicKey }): PublicJwk => ({ ...publicNumbers(publicKey), kid, use: 'sig', alg: 'RS256' }));
    return { keys };
  }

  #newest(use: KeyUse, now: Date, usable: (entry: Entry) => boolean): Entry {
    const usables = this.#entries.filter((entry) => entry.use === use && usable(entry));
    // A clock that was set back leaves no key whose date has come: the oldest then.
    const entry = usables.findLast(({ from }) => from <= now) ?? usables[0];
    if (!entry) throw this.#missing(`${use}-*.pem`);
    return entry;
  }

  #missing(what: string): DeskhandError {
    return new DeskhandError('KEYS_UNREADABLE', `${this.#folder} has no ${what}.`);
  }
}

const entriesOf = (keys: readonly KeyFile[]): readonly Entry[] =>
  keys.map((key) => ({ ...key, kid: thumbprint(key.publicKey) })).sort((a, b) => a.from.getTime() - b.from.getTime());

/** Changes with every name, size and time in the folder. A mounted Secret is a folder of links, so they are followed. */
function stateOf(folder: string): string {
  try {
    const names = readdirSync(folder).sort();
    return names.map((name) => `${name} ${statSync(join(folder, name)).size} ${statSync(join(folder, name)).mtimeMs}`).join('\n');
  } catch {
    return '';
  }
}

function publicNumbers(key: KeyObject): { kty: 'RSA'; n: string; e: string } {
  const { n, e } = key.export({ format: 'jwk' }) as JsonWebKey & { n: string; e: string };
  return { kty: 'RSA', n, e };
}

/** RFC 7638: the required members in alphabetical order. */
function thumbprint(key: KeyObject): string {
  const { e, kty, n } = publicNumbers(key);
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url');
}
