/** Takes text of a desktop's programs, which nobody trusts, and makes it safe to hand on: valid, bounded, without control characters. */

// Controls, and the marks that turn the direction of the text around them.
const UNWANTED = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** @param limit code points to keep */
export function cleanText(text: string, limit = 300): string {
  const points: string[] = [];
  for (const point of text.toWellFormed().replace(UNWANTED, ' ')) {
    if (points.length === limit) break;
    points.push(point);
  }
  return points.join('').trim();
}
