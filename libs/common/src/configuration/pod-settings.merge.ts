/** Lays what a profile says about its pods over what is said for all. Pure. */
import type { PodOverrides, PodSettings } from './kubernetes.schema.js';

/** Maps (`env`, labels, selectors, resources) are merged, everything else is replaced. */
export function mergePodSettings(pod: PodSettings, overrides: PodOverrides): PodSettings {
  const defaults: Readonly<Record<string, unknown>> = pod;
  const merged = Object.entries(overrides).map(([key, value]) => {
    const before = defaults[key];
    return [key, isMap(value) && isMap(before) ? { ...before, ...value } : value];
  });
  // A home is one of several kinds: what belongs to another kind has no meaning in it.
  return { ...pod, ...Object.fromEntries(merged), home: overrides.home ?? pod.home };
}

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
