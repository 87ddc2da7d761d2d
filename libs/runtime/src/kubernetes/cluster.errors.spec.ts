/** Refusals as a real apiserver words them, and the codes that they are. */
import { describe, expect, test } from 'vitest';
import { DeskhandError } from '#libs/common';
import { ClusterError, isNotFound, isThere, refusalOf } from './cluster.errors.js';

const status = (reason: string, message: string) => JSON.stringify({ kind: 'Status', status: 'Failure', reason, message });

describe('a refusal with a meaning', () => {
  test.each([
    [
      403,
      status(
        'Forbidden',
        'pods is forbidden: User "system:serviceaccount:desktops:deskhand" cannot create resource "pods" in API group "" in the namespace "desktops"',
      ),
      'RUNTIME_FORBIDDEN',
      'system:serviceaccount:desktops:deskhand may not create pods.',
    ],
    [
      403,
      status(
        'Forbidden',
        'networkpolicies.networking.k8s.io is forbidden: User "u" cannot watch resource "networkpolicies" in API group "networking.k8s.io"',
      ),
      'RUNTIME_FORBIDDEN',
      'u may not watch networkpolicies.networking.k8s.io.',
    ],
    [
      403,
      status('Forbidden', 'pods "d" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1'),
      'QUOTA_EXCEEDED',
      /pods=1/,
    ],
    [
      403,
      status('Forbidden', 'pods "d" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'),
      'POD_REFUSED',
      /PodSecurity/,
    ],
    [422, status('Invalid', 'Pod "d" is invalid: spec.containers[0].image: Required value'), 'POD_REFUSED', /spec\.containers\[0\]\.image/],
    [401, status('Unauthorized', 'Unauthorized'), 'RUNTIME_FORBIDDEN', /does not know the account/],
  ])('%i %s', (code, body, expected, detail) => {
    const error = refusalOf(code, body);
    expect(error).toBeInstanceOf(DeskhandError);
    expect(error).toMatchObject({ code: expected, detail: typeof detail === 'string' ? detail : expect.stringMatching(detail) });
  });
});

describe('any other', () => {
  test('is worth another try', () => {
    for (const [code, body] of [
      [500, 'boom'],
      [429, status('TooManyRequests', 'later')],
      [409, status('Conflict', 'changed')],
      [403, status('Forbidden', 'pods "d" is forbidden: status unknown for quota: q, resources: pods')],
      [502, ''],
      [503, '{"message":1}'],
    ] as const) {
      expect(refusalOf(code, body)).toBeInstanceOf(ClusterError);
    }
  });
  test('says when something is or is not there', () => {
    expect(isNotFound(refusalOf(404, status('NotFound', 'pods "d" not found')))).toBe(true);
    expect(isThere(refusalOf(409, status('AlreadyExists', 'pods "d" already exists')))).toBe(true);
    expect(isThere(refusalOf(409, status('Conflict', 'changed')))).toBe(false);
    expect(isNotFound(new Error('404'))).toBe(false);
  });
});
