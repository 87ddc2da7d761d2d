/** Turns what people are called into what programs take for the name of a user: https://man7.org/linux/man-pages/man8/useradd.8.html, "CAVEATS". */

/** At most 32 of `a-z0-9_-`, the first of them a letter or `_`; `user` where nothing is left. */
export function loginName(name: string): string {
  const letters = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const valid = /^\d/.test(letters) ? `u${letters}` : letters;
  return valid.slice(0, 32).replace(/-+$/, '') || 'user';
}
