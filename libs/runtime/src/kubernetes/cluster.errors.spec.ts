/** Refusals as a real apiserver words them, and the codes that they are. */
import { describe, expect, test } from 'vitest';
import { DeskhandError } from '#libs/common';
import { ClusterError, ClusterUnanswered, isNotFound, isThere, refusalOf, throwAtPort } from './cluster.errors.js';

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
    [404, status('NotFound', 'namespaces "desktops" not found'), 'POD_REFUSED', /namespaces "desktops" not found/],
    [413, status('RequestEntityTooLarge', 'Request entity too large: limit is 3145728'), 'POD_REFUSED', /limit is 3145728/],
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
      [403, status('Forbidden', 'pods "d" is forbidden: not yet ready to handle request')],
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

describe('the port', () => {
  test.each([
    [new ClusterUnanswered(new Error('fetch failed', { cause: new Error('connect ECONNREFUSED') })), /ECONNREFUSED/],
    [refusalOf(503, status('ServiceUnavailable', 'starting')), /starting/],
    [refusalOf(429, status('TooManyRequests', 'later')), /later/],
  ])('says that the runtime cannot be asked: %s', (error, detail) => {
    expect(() => throwAtPort(error)).toThrow(
      expect.objectContaining({ code: 'RUNTIME_UNAVAILABLE', detail: expect.stringMatching(detail), cause: error }),
    );
  });
  test.each([refusalOf(404, status('NotFound', 'namespace')), refusalOf(409, status('Conflict', 'changed')), new TypeError('bug')])(
    'passes on as it is: %s',
    (error) => {
      expect(() => throwAtPort(error)).toThrow(error);
    },
  );
});
