/** The binary ids of Active Directory. Pure. */

/** The order of bytes in which Microsoft writes a GUID as text. */
const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

export function guidText(bytes: Uint8Array): string {
  const hex = GUID_ORDER.map((index) => (bytes[index] ?? 0).toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** @returns undefined for what is no GUID */
export function guidBytes(text: string): Uint8Array | undefined {
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) return undefined;
  const hex = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Uint8Array.from(GUID_ORDER, (index) => hex[index] ?? 0);
}

/** The group whose number an account has for its first: in the account's own domain, so only the last part differs. */
export function siblingSid(sid: Uint8Array, relativeId: number): Uint8Array {
  const sibling = Buffer.from(sid);
  sibling.writeUInt32LE(relativeId, sibling.length - 4);
  return sibling;
}

/** From 100 ns since 1601, as Active Directory counts; undefined for never. Milliseconds since the epoch. */
export function fileTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return undefined;
  const ticks = BigInt(text);
  return ticks === 0n || ticks === 0x7fffffffffffffffn ? undefined : Number(ticks / 10_000n - 11_644_473_600_000n);
}
