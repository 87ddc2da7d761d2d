/** A dock that hides at the edge, where somebody wants it or a window lies under it: comes out for the pointer that goes there, and goes when the pointer does. */
import { useEffect, useState } from 'react';
import { recall, remember } from '../app/memory.js';

const KEY = 'dock.hidden';
/** How far above the edge the pointer may go before the dock leaves again; pixels. */
const REACH = 120;

/** @param covers a window lies under the dock */
export function useEdge(covers: boolean) {
  const [chosen, setChosen] = useState(() => recall<boolean>(KEY) === true);
  const [out, setOut] = useState(false);
  useEffect(() => {
    if (!out) return;
    const follow = (event: PointerEvent) => {
      if (event.clientY < innerHeight - REACH) setOut(false);
    };
    // A finger does not move before it touches.
    const signs = ['pointermove', 'pointerdown'] as const;
    for (const sign of signs) addEventListener(sign, follow, true);
    return () => {
      for (const sign of signs) removeEventListener(sign, follow, true);
    };
  }, [out]);
  return {
    /** Somebody wants it so. */
    chosen,
    hidden: chosen || covers,
    out,
    comeOut: () => setOut(true),
    hide: (next: boolean) => {
      remember(KEY, next);
      setChosen(next);
    },
  };
}
