/** Which keys are ours before the desktop sees them. Pure. */
export type KeyPress = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey'>;

/** Keys that the page keeps: the launcher, and the way from the desktop to the dock. */
export function shortcutOf(key: KeyPress): 'launcher' | 'dock' | undefined {
  if (!key.ctrlKey || !key.altKey || key.shiftKey || key.metaKey) return undefined;
  if (key.code === 'Space') return 'launcher';
  return key.code === 'Home' ? 'dock' : undefined;
}

/** Keys with which people paste: they go on to the desktop after it has the clipboard of this computer. */
export function isPaste(key: KeyPress): boolean {
  if (key.altKey) return false;
  if (key.code === 'KeyV') return key.ctrlKey !== key.metaKey;
  return key.code === 'Insert' && key.shiftKey && !key.ctrlKey && !key.metaKey;
}
