/** Which settings the pods of a profile have: those of `runtime.pod`, some of them set anew by the profile. Pure. */
import { DeskhandError } from '../errors.js';
import type { Configuration } from './configuration.schema.js';
import type { PodSettings } from './kubernetes.schema.js';

type Profiles = Pick<Configuration, 'profiles' | 'runtime'>;

/**
 * Maps (`env`, labels, selectors, resources) are merged, everything else is replaced.
 *
 * @throws DeskhandError `CONFIGURATION_INVALID` where the runtime has no pods
 */
export function podSettingsOf({ profiles, runtime }: Profiles, profile: string): PodSettings {
  if (runtime.kind !== 'kubernetes') throw new DeskhandError('CONFIGURATION_INVALID', 'Only the kubernetes runtime has pods.');
  const { pod } = runtime;
  const overrides = profiles.find(({ name }) => name === profile)?.pod ?? {};
  const defaults: Readonly<Record<string, unknown>> = pod;
  const merged = Object.entries(overrides).map(([key, value]) => {
    const before = defaults[key];
    return [key, isMap(value) && isMap(before) ? { ...before, ...value } : value];
  });
  // A home is one of several kinds: what belongs to another kind has no meaning in it.
  return { ...pod, ...Object.fromEntries(merged), home: overrides.home ?? pod.home };
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
