/** Light or dark: what the user chose, else what the system says; kept on the root element, where the style sheets look. */
import { useSyncExternalStore } from 'react';
import { recall, remember } from '../app/memory.js';

export type ThemeChoice = 'system' | 'light' | 'dark';
const CHOICES: readonly ThemeChoice[] = ['system', 'light', 'dark'];
const KEY = 'theme';

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();
let choice: ThemeChoice = CHOICES.find((each) => each === recall<string>(KEY)) ?? 'system';

const resolved = (): 'light' | 'dark' => (choice === 'system' ? (systemIsDark.matches ? 'dark' : 'light') : choice);

function apply(): void {
  document.documentElement.dataset.theme = resolved();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function chooseTheme(next: ThemeChoice): void {
  choice = next;
  remember(KEY, next);
  apply();
}

/** Call once, before the first paint. */
export function startTheme(): void {
  systemIsDark.addEventListener('change', apply);
  apply();
}

export const useThemeChoice = (): ThemeChoice => useSyncExternalStore(subscribe, () => choice);
export const useResolvedTheme = (): 'light' | 'dark' => useSyncExternalStore(subscribe, resolved);
