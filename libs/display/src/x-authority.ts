/** Makes the key that X clients of this desktop need, in the file format that they read it from. */
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { DeskhandError } from '#libs/common';

export const COOKIE_NAME = 'MIT-MAGIC-COOKIE-1';
/** Matches any host; with an empty display number the entry fits whichever display the X server gets. */
const FAMILY_WILD = 0xffff;
const COOKIE_BYTES = 16;

/** One entry of an X authority file: family, then address, display, name and data, each behind its 16-bit length. */
export function authorityEntry(cookie: Uint8Array): Buffer {
  const counted = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const family = Buffer.alloc(2);
  family.writeUInt16BE(FAMILY_WILD);
  const nothing = Buffer.alloc(0);
  return Buffer.concat([family, counted(nothing), counted(nothing), counted(Buffer.from(COOKIE_NAME)), counted(cookie)]);
}

/** Writes a new key to the file, readable by its owner alone. @returns the key */
export function writeAuthority(file: string): Buffer {
  const cookie = kernelRandom(COOKIE_BYTES);
  writeFileSync(file, authorityEntry(cookie), { mode: 0o600 });
  return cookie;
}

/** The key of a file that {@link authorityEntry} made, as it stands at its end. @throws DeskhandError `CONFIGURATION_INVALID` */
export function readAuthority(file: string): Buffer {
  const entry = readAuthorityFile(file);
  const cookie = entry.subarray(-COOKIE_BYTES);
  if (!entry.equals(authorityEntry(cookie)))
    throw new DeskhandError('CONFIGURATION_INVALID', `The file ${file} is no X authority of ours.`);
  return cookie;
}

function readAuthorityFile(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new DeskhandError('CONFIGURATION_INVALID', `The file ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** What `randomBytes` does, without the 5 ms that loading `node:crypto` takes while the X server is waiting to be started. */
function kernelRandom(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const device = openSync('/dev/urandom', 'r');
  const read = readSync(device, bytes);
  closeSync(device);
  if (read !== length) throw new Error('the kernel gave too few random bytes');
  return bytes;
}
