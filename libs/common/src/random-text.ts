/** Random ids and nonces from the system's generator, fetched a page at a time: asking for sixteen bytes costs twenty times what they are worth. */
import { randomFillSync } from 'node:crypto';

const page = Buffer.allocUnsafeSlow(4096);
let used = page.length;

/** @param bytes 64 at most; each is given out once */
export function randomText(bytes: number, encoding: 'hex' | 'base64' | 'base64url'): string {
  if (used + bytes > page.length) {
    randomFillSync(page);
    used = 0;
  }
  const text = page.toString(encoding, used, used + bytes);
  page.fill(0, used, used + bytes);
  used += bytes;
  return text;
}
