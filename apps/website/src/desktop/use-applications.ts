/** The applications of this desktop: what there is, what runs, and what to do with it. Read once, then kept true by the desktop's own events. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { activateWindow, closeWindow, launch, listApplications, listLaunches, listWindows, quit } from '../api/calls.js';
import type { DesktopWindow, Launch } from '../api/types.js';
import { listen, windowsOf } from './events.js';

const NONE: readonly never[] = [];
const UNSETTLED: readonly Launch['status'][] = ['requested', 'starting', 'stopping'];
/** Events may be lost while the line is down, so there is a slow look beside them; while something starts, a quick one. */
const LOOK_MS = 15_000;
const QUICK_LOOK_MS = 1_000;

export function useApplications(id: string, connected: boolean) {
  const client = useQueryClient();
  const keys = useMemo(() => ({ windows: ['windows', id], launches: ['launches', id], catalogue: ['applications'] }), [id]);

  const catalogue = useQuery({
    queryKey: keys.catalogue,
    queryFn: ({ signal }) => listApplications(signal),
    enabled: connected,
    staleTime: 60_000,
  });
  const launches = useQuery({
    queryKey: keys.launches,
    queryFn: ({ signal }) => listLaunches(id, signal),
    enabled: connected,
    refetchInterval: ({ state }) => (state.data?.some(({ status }) => UNSETTLED.includes(status)) ? QUICK_LOOK_MS : LOOK_MS),
  });
  const windows = useQuery({
    queryKey: keys.windows,
    queryFn: async ({ signal }) => windowsOf(await listWindows(id, signal)),
    enabled: connected,
  });

  useEffect(() => {
    if (!connected) return;
    return listen(id, (news) => {
      if (news.type === 'windows') client.setQueryData(keys.windows, news.items);
      else void client.invalidateQueries({ queryKey: keys.launches });
    });
  }, [client, id, connected, keys]);

  const actions = useMemo(() => {
    const afterwards = () => client.invalidateQueries({ queryKey: keys.launches });
    const note = (change: (launches: readonly Launch[]) => readonly Launch[]) =>
      client.setQueryData<readonly Launch[]>(keys.launches, (known = NONE) => change(known));
    return {
      launch: async (application: string) => {
        try {
          const begun = await launch(id, application);
          // Known before anything becomes of it: what fails at once was waited for all the same.
          note((known) => [...known.filter((each) => each.id !== begun.id), begun]);
        } finally {
          void afterwards();
        }
      },
      quit: (launches: readonly Launch[]) => {
        note((known) => known.map((each) => (launches.includes(each) ? { ...each, status: 'stopping' } : each)));
        return Promise.all(launches.map((each) => quit(id, each.id))).finally(afterwards);
      },
      activate: (window: DesktopWindow['id']) => activateWindow(id, window),
      close: (windows: readonly DesktopWindow[]) => Promise.all(windows.map((window) => closeWindow(id, window.id))),
    };
  }, [client, id, keys]);

  return { catalogue, launches: launches.data ?? NONE, windows: windows.data ?? NONE, actions };
}

export type Applications = ReturnType<typeof useApplications>;
