/** Whether somebody is typing on the desktop: from a key to the next move of the pointer. */
import { type RefObject, useEffect, useState } from 'react';

const MODIFIERS: readonly string[] = ['Shift', 'Control', 'Alt', 'Meta', 'AltGraph', 'CapsLock'];
const isText = (event: KeyboardEvent): boolean => !MODIFIERS.includes(event.key) && !(event.ctrlKey && event.altKey);
/** A table that is bumped into is not a hand on the mouse. Pixels. */
const NUDGE = 6;

export function useTyping(target: RefObject<HTMLElement | null>): boolean {
  const [typing, setTyping] = useState(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isText(event) && target.current?.contains(event.target as Node)) setTyping(true);
    };
    const onMove = (event: PointerEvent) => {
      if (Math.abs(event.movementX) + Math.abs(event.movementY) > NUDGE) setTyping(false);
    };
    addEventListener('keydown', onKey, true);
    addEventListener('pointermove', onMove, true);
    return () => {
      removeEventListener('keydown', onKey, true);
      removeEventListener('pointermove', onMove, true);
    };
  }, [target]);
  return typing;
}
