/** Which applications this user keeps in the dock, remembered by this browser. */
import { useState } from 'react';
import type { Application } from '../api/types.js';
import { recall, remember } from '../app/memory.js';
import { firstPins } from './dock-model.js';

export function usePins(user: string, applications: readonly Application[]) {
  const key = `dock.${user}`;
  const [chosen, setChosen] = useState(() => recall<readonly string[]>(key));
  const pinned = Array.isArray(chosen) ? chosen : firstPins(applications);
  const toggle = (name: string) => {
    const next = pinned.includes(name) ? pinned.filter((each) => each !== name) : [...pinned, name];
    remember(key, next);
    setChosen(next);
  };
  return { pinned, toggle };
}
