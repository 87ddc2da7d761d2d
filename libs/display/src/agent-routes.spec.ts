import { describe, expect, test } from 'vitest';
import type { AgentScope } from '#libs/tokens';
import { findRoute } from './agent-routes.js';

const find = (method: string, path: string, ...scopes: AgentScope[]) => findRoute(method, path, new Set(scopes));

describe('findRoute', () => {
  test.each([
    ['WS', '/display', 'view', 'display', ''],
    ['WS', '/display?x=1', 'control', 'display', ''],
    ['WS', '/display', 'operate', 'display', ''],
    ['WS', '/events', 'view', 'events', ''],
    ['GET', '/windows', 'view', 'windows', ''],
    ['POST', '/windows/12/activate', 'control', 'activateWindow', '12'],
    ['POST', '/windows/12/close', 'control', 'closeWindow', '12'],
    ['GET', '/status', 'operate', 'status', ''],
    ['GET', '/status/stream', 'operate', 'statusStream', ''],
    ['POST', '/applications', 'operate', 'launch', ''],
    ['PUT', '/applications/a-1', 'operate', 'announce', 'a-1'],
    ['DELETE', '/applications/a-1', 'operate', 'stopApplication', 'a-1'],
    ['GET', '/applications/a-1/log', 'operate', 'applicationLog', 'a-1'],
  ] as const)('%s %s with %s is %s', (method, path, scope, name, id) => {
    expect(find(method, path, scope)).toEqual({ name, id });
  });

  test.each([
    ['GET', '/display', 'control', 'METHOD_NOT_ALLOWED'],
    ['WS', '/status', 'operate', 'METHOD_NOT_ALLOWED'],
    ['GET', '/', 'operate', 'NOT_FOUND'],
    ['GET', '/windows/1/2/activate', 'control', 'NOT_FOUND'],
    ['POST', '/windows/1/activate', 'view', 'SCOPE_NOT_ALLOWED'],
    ['WS', '/display', 'files', 'SCOPE_NOT_ALLOWED'],
    ['GET', '/status', 'control', 'SCOPE_NOT_ALLOWED'],
    ['POST', '/applications', 'control', 'SCOPE_NOT_ALLOWED'],
    ['PUT', '/applications/a-1', 'control', 'SCOPE_NOT_ALLOWED'],
    ['PUT', '/applications', 'operate', 'METHOD_NOT_ALLOWED'],
    ['PUT', '/applications/', 'operate', 'NOT_FOUND'],
    ['POST', '/applications/a-1', 'operate', 'METHOD_NOT_ALLOWED'],
  ] as const)('%s %s with %s is refused: %s', (method, path, scope, code) => {
    expect(() => find(method, path, scope)).toThrow(code);
  });
});
