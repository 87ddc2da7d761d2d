/** The folder of keys on the disk: made whole or not at all, and read with errors that name the file at fault. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DeskhandError } from '#libs/common';

/** What a key pair is for: `signing` signs tokens (RS256), `target` encrypts the way to a desktop (RSA-OAEP-256). */
export type KeyUse = 'signing' | 'target';

/** A key file as it was read; without `privateKey` where the file holds the public half only. */
export interface KeyFile {
  readonly use: KeyUse;
  /** From when it is the one to sign or encrypt with; it verifies and decrypts before and after. */
  readonly from: Date;
  readonly publicKey: KeyObject;
  readonly privateKey?: KeyObject;
}

export interface KeyFolder {
  readonly keys: readonly KeyFile[];
  /** 32 bytes, from which the desktops' secrets are derived; not there in a folder of a gateway. */
  readonly master?: Buffer;
  /** 32 bytes that gateways and control plane share where they have no folder in common. */
  readonly line?: Buffer;
}

const MASTER_FILE = 'master.secret';
const LINE_FILE = 'gateways.secret';
const SECRET_BYTES = 32;
const MODULUS_BITS = 2048;
const KEY_FILE = /^(signing|target)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.pem$/;

/** Reads the folder, and makes it first where it is not there. Processes that start at once agree on one. */
export async function openKeyFolder(folder: string): Promise<KeyFolder> {
  const names = await namesIn(folder);
  if (names.length === 0) {
    await createKeyFolder(folder);
    return readKeyFolder(folder, await namesIn(folder));
  }
  return readKeyFolder(folder, names);
}

/** Name of a key file: its date says from when the key is used. */
export function keyFileName(use: KeyUse, from: Date): string {
  const stamp = from.toISOString().replace(/[-:]|\.\d+/g, '');
  return `${use}-${stamp}.pem`;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    // A mounted Kubernetes Secret has hidden entries of its own beside the files.
    return (await readdir(folder)).filter((name) => !name.startsWith('.'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
}

async function readKeyFolder(folder: string, names: readonly string[]): Promise<KeyFolder> {
  const keyNames = names.filter((name) => /^(signing|target)/.test(name));
  const keys = await Promise.all(keyNames.map((name) => readKey(join(folder, name))));
  return {
    keys,
    ...(names.includes(MASTER_FILE) ? { master: await readSecret(join(folder, MASTER_FILE)) } : {}),
    ...(names.includes(LINE_FILE) ? { line: await readSecret(join(folder, LINE_FILE)) } : {}),
  };
}

async function readKey(path: string): Promise<KeyFile> {
  const [, use, year, month, day, hour, minute, second] = KEY_FILE.exec(basename(path)) ?? [];
  const from = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  if (use === undefined || Number.isNaN(from.getTime()))
    throw new DeskhandError('KEYS_UNREADABLE', `${path}: a key's file is called like ${keyFileName('signing', new Date(0))}.`);
  const pem = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  let privateKey: KeyObject | undefined;
  let publicKey: KeyObject;
  try {
    privateKey = pem.includes('PRIVATE KEY') ? createPrivateKey(pem) : undefined;
    publicKey = createPublicKey(pem);
  } catch {
    // The cause is not passed on: OpenSSL's messages may quote what it read.
    throw new DeskhandError('KEYS_UNREADABLE', `${path} is not a key in PEM form.`);
  }
  if (publicKey.asymmetricKeyType !== 'rsa' || (publicKey.asymmetricKeyDetails?.modulusLength ?? 0) < MODULUS_BITS)
    throw new DeskhandError('KEYS_UNREADABLE', `${path} is not an RSA key of ${MODULUS_BITS} bits or more.`);
  return { use: use as KeyUse, from, publicKey, ...(privateKey ? { privateKey } : {}) };
}

async function readSecret(path: string): Promise<Buffer> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(path, error);
  });
  const secret = Buffer.from(text.trim(), 'base64url');
  if (secret.length !== SECRET_BYTES || secret.toString('base64url') !== text.trim())
    throw new DeskhandError('KEYS_UNREADABLE', `${path} does not hold ${SECRET_BYTES} bytes in base64url.`);
  return secret;
}

/** Written beside and renamed into place: a rename onto a folder that has files fails, so the first process wins whole. */
async function createKeyFolder(folder: string): Promise<void> {
  try {
    await mkdir(dirname(folder), { recursive: true });
    const draft = await mkdtemp(join(dirname(folder), '.keys-'));
    try {
      const now = new Date();
      const [signing, target] = await Promise.all([makePrivateKey(), makePrivateKey()]);
      await writeSecret(join(draft, keyFileName('signing', now)), signing);
      await writeSecret(join(draft, keyFileName('target', now)), target);
      await writeSecret(join(draft, MASTER_FILE), `${randomBytes(SECRET_BYTES).toString('base64url')}\n`);
      await syncFolder(draft);
      await rename(draft, folder);
      await syncFolder(dirname(folder));
    } catch (error) {
      await rm(draft, { recursive: true, force: true });
      if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  } catch (error) {
    throw unreadable(folder, error);
  }
}

async function makePrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function writeSecret(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

function unreadable(path: string, error: unknown): DeskhandError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  return new DeskhandError('KEYS_UNREADABLE', `${path}: ${code}.`, {}, { cause: error });
}
