/** Takes text of a desktop's programs, which nobody trusts, and makes it safe to hand on: valid, bounded, without control characters. */

/** Line and paragraph separators, and the marks that turn the direction of the text around them. */
const UNWANTED = new Set('\u2028\u2029\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069');

/** The controls of ASCII and Latin-1. */
export const isControl = (character: string): boolean => character < ' ' || (character >= '\u007f' && character < '\u00a0');

/** @param limit code points to keep */
export function cleanText(text: string, limit = 300): string {
  const points: string[] = [];
  for (const point of text.toWellFormed()) {
    if (points.length === limit) break;
    points.push(isControl(point) || UNWANTED.has(point) ? ' ' : point);
  }
  return points.join('').trim();
}
