/** Catches our keys before noVNC does, and lets the browser's own paste happen first where somebody pastes. */
import { useEffect } from 'react';
import { isPaste, shortcutOf } from './keys.js';
import { KEYSYM } from './keysyms.js';
import type { RemoteDisplay } from './remote-display.js';

interface KeyActions {
  readonly display: () => RemoteDisplay | undefined;
  readonly onLauncher: () => void;
  readonly onDock: () => void;
  readonly onPaste: (text: string) => void;
}

/** A paste event comes in the same turn as its key, or never (an empty clipboard, another kind of content). */
const PASTE_PATIENCE_MS = 40;
const KEYSYMS: Readonly<Record<string, [number, number]>> = { KeyV: [0x76, 0x56], Insert: [KEYSYM.insert, KEYSYM.insert] };

export function useKeys(target: () => HTMLElement | null, actions: KeyActions): void {
  useEffect(() => {
    let pending: (() => void) | undefined;

    const onKeyDown = (event: KeyboardEvent) => {
      const shortcut = shortcutOf(event);
      if (shortcut) {
        event.preventDefault();
        event.stopImmediatePropagation();
        // What is typed before the launcher has the focus is not for the desktop; it also lets go of the keys that are held.
        if (target()?.contains(event.target as Node)) (event.target as HTMLElement).blur();
        return shortcut === 'launcher' ? actions.onLauncher() : actions.onDock();
      }
      if (!isPaste(event) || !target()?.contains(event.target as Node)) return;
      // Not prevented: the browser then tells us what is pasted without anybody having to be asked for permission.
      event.stopImmediatePropagation();
      const { code, shiftKey, metaKey } = event;
      const send = () => {
        clearTimeout(timer);
        pending = undefined;
        const display = actions.display();
        // Command+V of a Mac is Control+V for the desktop.
        if (metaKey) display?.releaseKeys();
        if (metaKey) display?.press(KEYSYM.control, 'ControlLeft', true);
        display?.tap(KEYSYMS[code]?.[shiftKey ? 1 : 0] ?? 0, code);
        if (metaKey) display?.press(KEYSYM.control, 'ControlLeft', false);
      };
      const timer = setTimeout(send, PASTE_PATIENCE_MS);
      pending = send;
    };
    const onPaste = (event: ClipboardEvent) => {
      if (!pending) return;
      event.preventDefault();
      actions.onPaste(event.clipboardData?.getData('text/plain') ?? '');
      pending();
    };
    addEventListener('keydown', onKeyDown, true);
    addEventListener('paste', onPaste, true);
    return () => {
      removeEventListener('keydown', onKeyDown, true);
      removeEventListener('paste', onPaste, true);
    };
  }, [target, actions]);
}
