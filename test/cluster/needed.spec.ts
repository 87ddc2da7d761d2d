/** `npm test -- ...` brings up a cluster for whatever would run on it, and a run that should have had one does not pass without. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { findCluster } from '../support/cluster.js';

const { needsCluster } = (await import(pathToFileURL(join(projectFolder(), 'test/cluster/needed.mjs')).href)) as {
  needsCluster: (args: readonly string[]) => Promise<boolean>;
};

afterEach(() => {
  vi.unstubAllEnvs();
});

it.each([
  [[], true],
  [['test/e2e/pods'], true],
  [['-t', 'a day on a pod'], true],
  [['--reporter', 'default', '--testNamePattern', 'a desktop', 'pods'], true],
  [['libs/common'], false],
  [['libs/common', '-t', 'pods'], false],
  [['--project', 'machine'], false],
])('a run with %j needs one: %s', async (args, expected) => {
  expect(await needsCluster(args)).toBe(expected);
});

it('tests of a cluster are skipped where there is none, but fail in continuous integration', () => {
  vi.stubEnv('DESKHAND_TEST_CLUSTER', '');
  vi.stubEnv('CI', '');
  expect(findCluster()).toBeUndefined();
  vi.stubEnv('CI', 'true');
  expect(() => findCluster()).toThrow('npm test');
});
