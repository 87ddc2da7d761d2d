/** Decides how applications run on the desktops of a profile. Pure. */
import { type Configuration, podSettingsOf } from '#libs/common';
import type { ApplicationEngine } from '#libs/runtime';

/** The engines that a profile's desktops have, the one for the rest of the applications first. Never empty. */
export type Engines = readonly [ApplicationEngine, ...ApplicationEngine[]];

/**
 * Ephemeral containers can mount no sub path, so a home that is a folder of a shared claim is for pods alone; an empty folder of one pod is for
 * that pod alone (https://kubernetes.io/docs/concepts/workloads/pods/ephemeral-containers/).
 */
export function enginesOf(configuration: Pick<Configuration, 'profiles' | 'runtime'>, profile: string): Engines {
  const { runtime } = configuration;
  if (runtime.kind === 'local') return ['local'];
  const { home } = podSettingsOf(configuration, profile);
  if (home.kind === 'existingClaim') return ['pod'];
  const isForOnePod = home.kind === 'none' || home.accessModes.includes('ReadWriteOncePod');
  return isForOnePod || !runtime.applicationPods ? ['ephemeral-container'] : ['ephemeral-container', 'pod'];
}

/** @param own the application's own wish, which counts where the profile allows it */
export function engineOf(own: ApplicationEngine, engines: Engines): ApplicationEngine {
  return engines.includes(own) ? own : engines[0];
}
