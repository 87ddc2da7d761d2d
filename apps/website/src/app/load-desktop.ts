/** noVNC, dock and launcher are a bundle of their own: nobody downloads them to read a login form, and a server that is away only delays them. */

const RETRY_MS = 1_500;
const PATIENCE_MS = 5_000;

export const loadDesktop = () => import('../desktop/desktop-page.js');

/** Fetches the desktop's bundle while nobody needs the line; returns how to call it off. */
export function prefetchDesktop(): () => void {
  const timer = setTimeout(() => void loadDesktop().catch(() => undefined), 1_500);
  return () => clearTimeout(timer);
}

export async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/healthz', { cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false;
  }
}

/**
 * Loads, again and again while the server is away.
 *
 * @throws what `load` threw although the server was there: the page is of another version, or this browser does not ask twice for a module.
 */
export async function patiently<T>(load: () => Promise<T>, isThere: () => Promise<boolean>, pauseMs = RETRY_MS): Promise<T> {
  for (let there = false; ; there = await isThere()) {
    try {
      return await load();
    } catch (thrown) {
      if (there) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
