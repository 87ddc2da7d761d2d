/** The way to a phone's own keyboard: a field that nobody sees takes what is typed and passes it on. */
import { useMediaQuery } from '@mantine/hooks';
import { type KeyboardEvent, type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import styles from './desktop.module.css';
import type { RemoteDisplay } from './remote-display.js';
import { TouchKeys } from './touch-keys.js';
import { FILLING, keysBetween, PASSED_ON } from './touch-typing.js';

/** A finger is the pointer: there is no keyboard, or the system shows none by itself. */
export const useFingers = (): boolean => useMediaQuery('(pointer: coarse)', false, { getInitialValueInEffect: false });

interface TouchKeyboardProps {
  readonly ref: RefObject<HTMLTextAreaElement | null>;
  readonly display: () => RemoteDisplay | undefined;
  /** Whether the keyboard is there. */
  readonly onShown: (shown: boolean) => void;
}

export function TouchKeyboard({ ref, display, onShown }: TouchKeyboardProps) {
  const { t } = useTranslation();
  const before = useRef(FILLING);
  const [up, setUp] = useState(false);
  const [held, setHeld] = useState<readonly number[]>([]);

  /** Together with what is held, which is let go of then. */
  const tap = (keysym: number, code: string | null = null) => {
    for (const each of held) display()?.press(each, null, true);
    display()?.tap(keysym, code);
    for (const each of held) display()?.press(each, null, false);
    setHeld([]);
  };

  const refill = (field: HTMLTextAreaElement) => {
    before.current = FILLING;
    field.value = FILLING;
    field.setSelectionRange(FILLING.length, FILLING.length);
  };
  const onInput = (field: HTMLTextAreaElement) => {
    const [first, ...rest] = keysBetween(before.current, field.value);
    if (first !== undefined) tap(first);
    for (const keysym of rest) display()?.tap(keysym, null);
    before.current = field.value;
    // A keyboard that is composing a word loses it when the field changes under it.
    if (field.value.length < FILLING.length / 2 || field.value.endsWith('\n')) refill(field);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const keysym = PASSED_ON[event.key];
    if (keysym === undefined) return;
    event.preventDefault();
    tap(keysym, event.code || null);
  };
  const show = (shown: boolean) => {
    // A tap on the desktop is then a click there, not the end of typing.
    display()?.keepFocus(shown);
    setUp(shown);
    setHeld([]);
    onShown(shown);
  };

  return (
    <>
      <textarea
        ref={ref}
        className={styles.typing}
        aria-label={t('desktop.typing')}
        tabIndex={-1}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        onFocus={({ currentTarget }) => {
          refill(currentTarget);
          show(true);
        }}
        onBlur={() => show(false)}
        onInput={({ currentTarget }) => onInput(currentTarget)}
        onKeyDown={onKeyDown}
      />
      {up && <TouchKeys held={held} onHeld={setHeld} onTap={tap} />}
    </>
  );
}
