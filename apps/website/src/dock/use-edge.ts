/** A dock that hides at the edge: comes out for the pointer that goes there, and goes when the pointer does. */
import { useEffect, useState } from 'react';
import { recall, remember } from '../app/memory.js';

const KEY = 'dock.hidden';
/** How far above the edge the pointer may go before the dock leaves again; pixels. */
const REACH = 120;

export function useEdge() {
  const [hidden, setHidden] = useState(() => recall<boolean>(KEY) === true);
  const [out, setOut] = useState(false);
  useEffect(() => {
    if (!out) return;
    const follow = (event: PointerEvent) => {
      if (event.clientY < innerHeight - REACH) setOut(false);
    };
    addEventListener('pointermove', follow, true);
    return () => removeEventListener('pointermove', follow, true);
  }, [out]);
  return {
    hidden,
    out,
    comeOut: () => setOut(true),
    hide: (next: boolean) => {
      remember(KEY, next);
      setHidden(next);
    },
  };
}
