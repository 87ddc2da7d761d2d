/** Ends an application without taking unsaved work with it: its windows are asked to close, and only what then has no window is stopped. */
import { useCallback, useEffect, useRef } from 'react';
import type { Applications } from '../desktop/use-applications.js';
import type { DockItem } from './dock-model.js';

/** How long windows may take to close before somebody is asked; milliseconds. */
const PATIENCE_MS = 4_000;
/** How long a program may take to end by itself after its last window. */
const GRACE_MS = 2_000;
const LOOK_MS = 200;

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, LOOK_MS));

/**
 * @param items what the dock shows now
 * @param onStays its windows are still there: it may be asking about unsaved work
 * @returns quits an item; resolves when it is over, or when somebody has been asked
 */
export function useQuit(items: readonly DockItem[], actions: Applications['actions'], onStays: (item: DockItem) => void) {
  const latest = useRef({ items, onStays, gone: false });
  latest.current = { ...latest.current, items, onStays };
  useEffect(() => {
    latest.current.gone = false;
    return () => {
      latest.current.gone = true;
    };
  }, []);

  return useCallback(
    async ({ key, launches, windows }: DockItem): Promise<void> => {
      const now = () => latest.current.items.find((item) => item.key === key);
      const running = () => now()?.launches.filter(({ id }) => launches.some((launch) => launch.id === id)) ?? [];
      const isOpen = () => (now()?.windows.length ?? 0) > 0;
      /** Whether it became so in time. */
      const within = async (milliseconds: number, isSo: () => boolean): Promise<boolean> => {
        for (const until = Date.now() + milliseconds; !isSo(); await pause()) if (Date.now() > until || latest.current.gone) return false;
        return true;
      };

      if (windows.length > 0) {
        await actions.close(windows);
        const closed = await within(PATIENCE_MS, () => !isOpen());
        if (latest.current.gone) return;
        const left = now();
        if (!closed && left) return latest.current.onStays(left);
        if (await within(GRACE_MS, () => running().length === 0 || isOpen())) return;
      }
      if (!latest.current.gone) await actions.quit(running());
    },
    [actions],
  );
}
