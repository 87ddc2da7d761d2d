/** What happens on the desktop, told by itself. It is untrusted: everything is checked for its shape and cut to size. */
import { onDesktop } from '../api/calls.js';
import type { DesktopWindow } from '../api/types.js';

const MOST_WINDOWS = 200;
const LONGEST_TITLE = 200;
const AGAIN_MS = 2_000;

const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, LONGEST_TITLE) : '');

/** Windows out of anything. */
export function windowsOf(value: unknown): readonly DesktopWindow[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, MOST_WINDOWS).flatMap((each: unknown) => {
    const window = (typeof each === 'object' && each !== null ? each : {}) as Record<string, unknown>;
    const id = text(window.id);
    if (id === '') return [];
    const application = text(window.application);
    const known = {
      id,
      title: text(window.title),
      class: text(window.class),
      active: window.active === true,
      ...(window.maximized === true ? { maximized: true as const } : {}),
    };
    return [application === '' ? known : { ...known, application }];
  });
}

export type DesktopNews = { readonly type: 'windows'; readonly items: readonly DesktopWindow[] } | { readonly type: 'applications' };

/** One frame; undefined for what we do not know. */
export function newsOf(frame: unknown): DesktopNews | undefined {
  if (typeof frame !== 'string') return undefined;
  try {
    const news = JSON.parse(frame) as { type?: unknown; items?: unknown } | null;
    if (news?.type === 'windows') return { type: 'windows', items: windowsOf(news.items) };
    return news?.type === 'applications' ? { type: 'applications' } : undefined;
  } catch {
    return undefined;
  }
}

/** Listens until stopped, and comes again when it is cut off. */
export function listen(id: string, onNews: (news: DesktopNews) => void): () => void {
  let stopped = false;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    const url = new URL(`${onDesktop(id)}/events`, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    socket = new WebSocket(url);
    socket.addEventListener('message', ({ data }) => {
      const news = newsOf(data);
      if (news && !stopped) onNews(news);
    });
    socket.addEventListener('close', () => {
      if (!stopped) timer = setTimeout(open, AGAIN_MS);
    });
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    socket?.close();
  };
}
