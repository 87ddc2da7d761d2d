/** Pass 4: which part of Deskhand an address belongs to. */
export type Route =
  | { readonly kind: 'api' }
  | { readonly kind: 'website' }
  | {
      readonly kind: 'desktop';
      readonly desktop: string;
      /** Path inside the desktop, such as `/display`. */
      readonly inside: string;
    };

const API_PATHS: ReadonlySet<string> = new Set(['/api', '/.well-known/jwks.json', '/healthz', '/readyz']);
const DESKTOP = /^\/d\/(?<desktop>[^/]+)(?<inside>\/.*)$/;

/** @param path without its query */
export function routeOf(path: string): Route {
  if (API_PATHS.has(path) || path.startsWith('/api/')) return { kind: 'api' };
  const { desktop, inside } = DESKTOP.exec(path)?.groups ?? {};
  return desktop !== undefined && inside !== undefined ? { kind: 'desktop', desktop, inside } : { kind: 'website' };
}
