/** Names and labels of what a desktop is made of: derived from ids alone, so that every replica and every retry means the same objects. */
import { createHash } from 'node:crypto';
import type { DesktopRun } from '../runtime.js';

/** Recommended labels: https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ */
export const LABEL = {
  name: 'app.kubernetes.io/name',
  instance: 'app.kubernetes.io/instance',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  desktop: 'deskhand.io/desktop',
  run: 'deskhand.io/run',
  launch: 'deskhand.io/launch',
  user: 'deskhand.io/user',
  profile: 'deskhand.io/profile',
  application: 'deskhand.io/application',
} as const;

export type Component = 'desktop' | 'application' | 'home';

/** Name of the container that the agent runs in. */
export const DESKTOP_CONTAINER = 'desktop';
/** Where the agent listens in every pod. */
export const AGENT_PORT = 8090;
/** The X server's display in every pod, and its TCP port. */
export const DISPLAY_NUMBER = 0;
export const X_PORT = 6000 + DISPLAY_NUMBER;

/** The pod, its Secret and its NetworkPolicy: the installation is in it, because two of them may share a namespace and know the same user. */
export const runName = (installation: string, { desktop, run }: DesktopRun): string => `${installation}-${desktop}-${run}`;

/** The claim of a user's home. */
export const homeName = (installation: string, user: string): string => `${installation}-home-${user}`;

/** Container name, and what is last in the name of an application's own pod: a launch's id where that is a DNS label, else a hash of it. */
export function launchName(id: string): string {
  return /^[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?$/.test(id) ? id : `h${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}

export const containerName = (id: string): string => `app-${launchName(id)}`;

/** What an application's pod is called on its display, in front of its user: a word for the application, and which launch of it. */
export function machineName(application: string, id: string): string {
  const word = labelValueOf(application)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, '');
  return `${word || 'app'}-${createHash('sha256').update(id).digest('hex').slice(0, 6)}`;
}

/** Any text as a label's value (63 characters of a small alphabet): for people to read, never for decisions. */
export function labelValueOf(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}

/** What marks an object as this installation's: nothing without these labels is ever touched. */
export const installationLabels = (installation: string): Record<string, string> => ({
  [LABEL.name]: 'deskhand',
  [LABEL.instance]: installation,
  [LABEL.managedBy]: 'deskhand',
});

/** Selects all of them: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api */
export const selectorOf = (installation: string): string =>
  Object.entries(installationLabels(installation))
    .map((entry) => entry.join('='))
    .join(',');

export const runLabels = (installation: string, { desktop, run }: DesktopRun, component: Component): Record<string, string> => ({
  ...installationLabels(installation),
  [LABEL.component]: component,
  [LABEL.desktop]: desktop,
  [LABEL.run]: String(run),
});

/** The run that an object was made for; undefined for whatever else has our labels. */
export function runOf(labels: Readonly<Record<string, string>> = {}): DesktopRun | undefined {
  const { [LABEL.desktop]: desktop, [LABEL.run]: run } = labels;
  return desktop !== undefined && /^\d{1,15}$/.test(run ?? '') ? { desktop, run: Number(run) } : undefined;
}

/** What says for whom and for what an object was made; all else on it is for people. */
const IDENTITY = [LABEL.name, LABEL.instance, LABEL.managedBy, LABEL.desktop, LABEL.run, LABEL.launch];

/** Whether an object with the labels `there` is the one that would get the labels `wanted`. */
export const isMadeFor = (there: Readonly<Record<string, string>> = {}, wanted: Readonly<Record<string, string>> = {}): boolean =>
  IDENTITY.every((label) => there[label] === wanted[label]);
