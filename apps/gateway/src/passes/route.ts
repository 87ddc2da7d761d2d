/** Pass 4: which part of Deskhand an address belongs to. */
export type Route =
  | { readonly kind: 'health' | 'api' | 'admin' | 'console' | 'website' }
  | {
      readonly kind: 'speedtest';
      /** Path behind `/speedtest/`; empty for the page. */
      readonly inside: string;
    }
  | {
      readonly kind: 'desktop';
      readonly desktop: string;
      /** Path inside the desktop, such as `/display`. */
      readonly inside: string;
    };

const API_PATHS: ReadonlySet<string> = new Set(['/api', '/.well-known/jwks.json', '/readyz']);
const DESKTOP = /^\/d\/(?<desktop>[^/]+)(?<inside>\/.*)$/;
const SPEEDTEST = '/speedtest/';

const isUnder = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/** @param path without its query */
export function routeOf(path: string): Route {
  if (API_PATHS.has(path) || path.startsWith('/api/')) return { kind: 'api' };
  if (path === '/healthz') return { kind: 'health' };
  if (path.startsWith('/d/')) {
    const { desktop, inside } = DESKTOP.exec(path)?.groups ?? {};
    return desktop !== undefined && inside !== undefined ? { kind: 'desktop', desktop, inside } : { kind: 'website' };
  }
  if (path === '/speedtest') return { kind: 'speedtest', inside: '' };
  if (path.startsWith(SPEEDTEST)) return { kind: 'speedtest', inside: path.slice(SPEEDTEST.length) };
  for (const kind of ['admin', 'console'] as const) if (isUnder(path, `/${kind}`)) return { kind };
  return { kind: 'website' };
}
