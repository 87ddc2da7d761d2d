import { describe, expect, it } from 'vitest';
import { routeOf } from './route.js';

describe('routes', () => {
  it.each(['/api', '/api/', '/api/v1/x', '/readyz', '/.well-known/jwks.json'])('%s is the api', (path) =>
    expect(routeOf(path)).toEqual({ kind: 'api' }),
  );
  it('/healthz is about the gateway itself', () => expect(routeOf('/healthz')).toEqual({ kind: 'health' }));
  it.each(['/', '/apis', '/API/v1', '/healthz/', '/.well-known/', '/d', '/d/', '/d/abc', '/desktop/x'])('%s is the website', (path) =>
    expect(routeOf(path)).toEqual({ kind: 'website' }),
  );
  it('/d/{id}/... is a desktop', () => {
    expect(routeOf('/d/abc/')).toEqual({ kind: 'desktop', desktop: 'abc', inside: '/' });
    expect(routeOf('/d/abc/windows/1/close')).toEqual({ kind: 'desktop', desktop: 'abc', inside: '/windows/1/close' });
    expect(routeOf('/d/../../status')).toEqual({ kind: 'desktop', desktop: '..', inside: '/../status' });
  });
});
