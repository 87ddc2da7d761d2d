/** What an on-screen keyboard did to a text field, as keys for the desktop: such keyboards replace and correct text, and name no keys. Pure. */
import { KEYSYM } from './keysyms.js';

/** The field is never empty: a keyboard deletes only where there is something to delete. */
export const FILLING = '_'.repeat(64);

const NAMED: Readonly<Record<string, number>> = { '\n': KEYSYM.enter, '\t': KEYSYM.tab };
/** Keys that a field would keep for itself; by `KeyboardEvent.key`. */
export const PASSED_ON: Readonly<Record<string, number>> = {
  Escape: KEYSYM.escape,
  Tab: KEYSYM.tab,
  Home: KEYSYM.home,
  ArrowLeft: KEYSYM.left,
  ArrowUp: KEYSYM.up,
  ArrowRight: KEYSYM.right,
  ArrowDown: KEYSYM.down,
  End: KEYSYM.end,
};

/** X11's rule: Latin-1 is its own keysym, everything else is its code point above 0x01000000. */
function keysymOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  const isLatin1 = (code >= 0x20 && code <= 0x7e) || (code >= 0xa0 && code <= 0xff);
  return NAMED[character] ?? (isLatin1 ? code : 0x01000000 + code);
}

/** Keysyms that make `after` out of `before`, for a program whose cursor stands at the end. */
export function keysBetween(before: string, after: string): readonly number[] {
  const [old, next] = [[...before], [...after]];
  let same = 0;
  while (same < old.length && same < next.length && old[same] === next[same]) same++;
  return [...old.slice(same).map(() => KEYSYM.backspace), ...next.slice(same).map(keysymOf)];
}
