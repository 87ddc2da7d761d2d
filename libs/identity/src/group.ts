/** Tells whether somebody is in a group: by its whole name, for a group that is named like the beginning of another is another. */

/** Without regard to case, to how Unicode writes a letter, and to blanks between the parts of a DN, as directories compare names. */
export function isInGroup(groups: readonly string[], group: string): boolean {
  const wanted = spelt(group);
  return groups.some((one) => spelt(one) === wanted);
}

/** Neither NFKC nor by way of upper case, where `ı` becomes an I and `ſ` an S: letters that only look alike stay different. */
function spelt(name: string): string {
  const folded = name.normalize('NFC').toLowerCase();
  // An escaped comma belongs to its value, with the blanks around it.
  return folded.includes('=') ? folded.replaceAll(/(?<!\\) *(?<!\\)([,=]) */g, '$1') : folded;
}
