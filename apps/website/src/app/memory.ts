/** What this browser remembers between visits. A full, forbidden or damaged store is the same as an empty one: nothing here may stop a login. */
const PREFIX = 'deskhand.';

export function recall<T>(key: string): T | undefined {
  try {
    const stored = localStorage.getItem(PREFIX + key);
    return stored === null ? undefined : (JSON.parse(stored) as T);
  } catch {
    return undefined;
  }
}

export function remember(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Private windows and full disks refuse; the page works without.
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // As above.
  }
}

/** Calls back when another tab of this browser changed `key`. */
export function onChangedElsewhere(key: string, listener: () => void): () => void {
  const heard = (event: StorageEvent) => {
    if (event.key === PREFIX + key) listener();
  };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}
