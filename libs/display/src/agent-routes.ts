/** Which request means what, and what its caller must have proved; the table of docs/agent-protocol.md. */
import { DeskhandError } from '#libs/common';
import type { AgentScope } from '#libs/tokens';

export type RouteName =
  | 'display'
  | 'events'
  | 'windows'
  | 'activateWindow'
  | 'closeWindow'
  | 'status'
  | 'statusStream'
  | 'launch'
  | 'announce'
  | 'stopApplication'
  | 'applicationLog';

interface Route {
  readonly name: RouteName;
  /** `WS` is a GET that upgrades. */
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'WS';
  readonly path: RegExp;
  /** One of these is enough. */
  readonly scopes: readonly AgentScope[];
}

const routes: readonly Route[] = [
  { name: 'display', method: 'WS', path: /^\/display$/, scopes: ['control', 'view', 'operate'] },
  { name: 'events', method: 'WS', path: /^\/events$/, scopes: ['control', 'view'] },
  { name: 'windows', method: 'GET', path: /^\/windows$/, scopes: ['control', 'view'] },
  { name: 'activateWindow', method: 'POST', path: /^\/windows\/([^/]+)\/activate$/, scopes: ['control'] },
  { name: 'closeWindow', method: 'POST', path: /^\/windows\/([^/]+)\/close$/, scopes: ['control'] },
  { name: 'status', method: 'GET', path: /^\/status$/, scopes: ['operate'] },
  { name: 'statusStream', method: 'GET', path: /^\/status\/stream$/, scopes: ['operate'] },
  { name: 'launch', method: 'POST', path: /^\/applications$/, scopes: ['operate'] },
  { name: 'announce', method: 'PUT', path: /^\/applications\/([^/]+)$/, scopes: ['operate'] },
  { name: 'stopApplication', method: 'DELETE', path: /^\/applications\/([^/]+)$/, scopes: ['operate'] },
  { name: 'applicationLog', method: 'GET', path: /^\/applications\/([^/]+)\/log$/, scopes: ['operate'] },
];

export interface Asked {
  readonly name: RouteName;
  /** The id in the path; empty where the path has none. */
  readonly id: string;
}

/**
 * @param method as in the request, `WS` for an upgrade
 * @param target path with query
 * @throws DeskhandError `NOT_FOUND`, `METHOD_NOT_ALLOWED`, `SCOPE_NOT_ALLOWED`
 */
export function findRoute(method: string, target: string, scopes: ReadonlySet<AgentScope>): Asked {
  const [path = ''] = target.split('?', 1);
  const there = routes.filter((route) => route.path.test(path));
  const route = there.find((candidate) => candidate.method === method);
  if (there.length === 0) throw new DeskhandError('NOT_FOUND');
  if (!route) {
    const allow = there.map((candidate) => (candidate.method === 'WS' ? 'GET' : candidate.method));
    const detail = there.some((candidate) => candidate.method === 'WS') ? 'This address takes WebSockets only.' : undefined;
    throw new DeskhandError('METHOD_NOT_ALLOWED', detail, { allow });
  }
  if (!route.scopes.some((scope) => scopes.has(scope))) throw new DeskhandError('SCOPE_NOT_ALLOWED');
  return { name: route.name, id: route.path.exec(path)?.[1] ?? '' };
}
