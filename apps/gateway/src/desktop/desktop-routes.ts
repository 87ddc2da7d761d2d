/** What browsers may ask of a desktop, and the scope it takes: whatever is not listed does not exist for them, the agent's own controls above all. */
import { DeskhandError } from '#libs/common';
import type { DesktopScope } from '#libs/tokens';

export interface DesktopRoute {
  readonly transport: 'http' | 'webSocket';
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  /** Any one of them is enough. */
  readonly scopes: readonly DesktopScope[];
  /** What a WebSocket speaks; browsers have to offer it if they offer anything. */
  readonly subprotocol?: 'binary';
}

const ROUTES: readonly DesktopRoute[] = [
  { transport: 'webSocket', method: 'GET', path: /^\/display$/, scopes: ['control', 'view'], subprotocol: 'binary' },
  { transport: 'webSocket', method: 'GET', path: /^\/events$/, scopes: ['control', 'view'] },
  { transport: 'http', method: 'GET', path: /^\/windows$/, scopes: ['control', 'view'] },
  { transport: 'http', method: 'POST', path: /^\/windows\/[\w-]{1,64}\/(activate|close)$/, scopes: ['control'] },
];

/** @throws DeskhandError `NOT_FOUND`, `METHOD_NOT_ALLOWED` */
export function desktopRouteOf(method: string, path: string): DesktopRoute {
  const routes = ROUTES.filter((route) => route.path.test(path));
  if (routes.length === 0) throw new DeskhandError('NOT_FOUND');
  const route = routes.find((candidate) => candidate.method === method);
  if (!route) throw new DeskhandError('METHOD_NOT_ALLOWED', undefined, { allow: routes.map((candidate) => candidate.method) });
  return route;
}

/**
 * Those of the token's scopes that this route can use: the agent is told no more than it needs.
 * @throws DeskhandError `SCOPE_NOT_ALLOWED`
 */
export function usableScopes(route: DesktopRoute, granted: readonly DesktopScope[]): readonly DesktopScope[] {
  const scopes = route.scopes.filter((scope) => granted.includes(scope));
  if (scopes.length === 0) throw new DeskhandError('SCOPE_NOT_ALLOWED');
  return scopes;
}
