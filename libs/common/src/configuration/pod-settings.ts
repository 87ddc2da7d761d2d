/** Which settings the pods of a profile have: those of `runtime.pod`, some of them set anew by the profile. Pure. */
import { DeskhandError } from '../errors.js';
import type { Configuration } from './configuration.schema.js';
import type { PodSettings } from './kubernetes.schema.js';
import { mergePodSettings } from './pod-settings.merge.js';

type Profiles = Pick<Configuration, 'profiles' | 'runtime'>;

/**
 * @throws DeskhandError `CONFIGURATION_INVALID` where the runtime has no pods
 */
export function podSettingsOf({ profiles, runtime }: Profiles, profile: string): PodSettings {
  if (runtime.kind !== 'kubernetes') throw new DeskhandError('CONFIGURATION_INVALID', 'Only the kubernetes runtime has pods.');
  return mergePodSettings(runtime.pod, profiles.find(({ name }) => name === profile)?.pod ?? {});
}
