/** Tells whether somebody is in a group: by its whole name, for a group that is named like the beginning of another is another. */

/** Without regard to case and to how Unicode writes a letter, as directories compare names. */
export function isInGroup(groups: readonly string[], group: string): boolean {
  const wanted = spelt(group);
  return groups.some((one) => spelt(one) === wanted);
}

/** Not NFKC: letters that only look alike stay different. */
const spelt = (name: string): string => name.normalize('NFC').toUpperCase().toLowerCase();
