/** The one spelling of a user name: what looks the same to people is the same account. */

const LONGEST_NAME = 256;

/** NFKC and case folded; undefined for what cannot be a name: empty, overlong, or with characters that nobody sees, such as NUL or a soft hyphen. */
export function accountNameOf(typed: string): string | undefined {
  if (typed.length > LONGEST_NAME) return undefined;
  const name = folded(typed.normalize('NFKC').trim().replaceAll(/\s+/g, ' ')).normalize('NFKC');
  return name === '' || /\p{C}/u.test(typed.trim()) ? undefined : name;
}

/** Upper case folds what lower case keeps apart, such as "ß" and "ss"; but it has a "ẞ" of its own, which lower case has to fold first. */
const folded = (name: string): string => name.toLowerCase().toUpperCase().toLowerCase();
