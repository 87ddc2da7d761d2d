/** One clipboard for this computer and the desktop, as far as the browser allows. What comes from the desktop is text and nothing else. */
import type { RemoteDisplay } from './remote-display.js';

export interface ClipboardEvents {
  /** What the desktop copied last, for the panel. */
  readonly onText: (text: string) => void;
  /** The browser did not let us write. */
  readonly onBlocked: () => void;
}

export interface SharedClipboard {
  fromDesktop(text: string): void;
  /** From the panel, typed by hand. */
  toDesktop(text: string): void;
  /** This computer's clipboard was changed by a paste that the browser showed us. */
  pasted(text: string): void;
  stop(): void;
}

/** Longer texts are cut on their way in: a desktop may claim to have copied anything. */
const LONGEST = 1_000_000;

const mayRead = async (): Promise<boolean> => {
  try {
    // Not every browser knows this name; those that do not, ask each time, which would be a nuisance.
    const { state } = await navigator.permissions.query({ name: 'clipboard-read' as PermissionName });
    return state === 'granted';
  } catch {
    return false;
  }
};

export function shareClipboard(display: () => RemoteDisplay | undefined, events: ClipboardEvents): SharedClipboard {
  /** What both sides have, so that nothing is echoed. */
  let common: string | undefined;

  const give = (text: string) => {
    if (text === '' || text === common) return;
    common = text;
    display()?.paste(text);
  };
  // Somebody comes back from another program, where they may have copied something.
  const arrive = async () => {
    if (!document.hasFocus() || !(await mayRead())) return;
    await navigator.clipboard.readText().then(give, () => undefined);
  };
  addEventListener('focus', arrive);

  return {
    fromDesktop(received) {
      const text = received.slice(0, LONGEST);
      common = text;
      events.onText(text);
      if (!navigator.clipboard) return events.onBlocked();
      navigator.clipboard.writeText(text).catch(() => events.onBlocked());
    },
    toDesktop(text) {
      common = undefined;
      give(text);
    },
    pasted: give,
    stop: () => removeEventListener('focus', arrive),
  };
}
