/** Which engines the desktops of a profile have. */
import { expect, test } from 'vitest';
import { configurationSchema } from '#libs/common';
import { engineOf, enginesOf } from './application.engine.js';

const engines = (home: object, runtime: object = {}) =>
  enginesOf(configurationSchema.parse({ runtime: { kind: 'kubernetes', pod: { image: 'd:1', home }, ...runtime } }), 'standard');
const claim = { kind: 'persistentVolumeClaim' };

test.each<[string, readonly string[], string, string]>([
  ['an empty home', engines({ kind: 'none' }), 'ephemeral-container', 'ephemeral-container'],
  ['a claim of the user', engines(claim), 'ephemeral-container', 'pod'],
  ['the same without pods', engines(claim, { applicationPods: false }), 'ephemeral-container', 'ephemeral-container'],
  ['a claim for one pod', engines({ ...claim, accessModes: ['ReadWriteOncePod'] }), 'ephemeral-container', 'ephemeral-container'],
  ['a folder of a claim', engines({ kind: 'existingClaim', claim: 'homes' }), 'pod', 'pod'],
  ['processes of a machine', enginesOf(configurationSchema.parse({}), 'standard'), 'local', 'local'],
])('%s', (_title, has, ephemeral, pod) => {
  const [first = 'local', ...rest] = has as ReturnType<typeof enginesOf>;
  expect(engineOf('ephemeral-container', [first, ...rest])).toBe(ephemeral);
  expect(engineOf('pod', [first, ...rest])).toBe(pod);
});
