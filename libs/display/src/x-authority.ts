/** Makes the key that X clients of this desktop need, in the file format that they read it from. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';

export const COOKIE_NAME = 'MIT-MAGIC-COOKIE-1';
/** Matches any host; with an empty display number the entry fits whichever display the X server gets. */
const FAMILY_WILD = 0xffff;

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
  const cookie = randomBytes(16);
  writeFileSync(file, authorityEntry(cookie), { mode: 0o600 });
  return cookie;
}
