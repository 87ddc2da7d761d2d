/** A control plane that is killed at every boundary between two effects, in one life of one desktop: the end is as if nothing had happened. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { dieEverywhere, disposeOfLives, live, type Scene } from '../support/killed-lives.js';
import { MongoServer } from '../support/mongo.js';
import { markedProcesses } from '../support/processes.js';

let mongo: MongoServer | undefined;
afterEach(async () => {
  await disposeOfLives();
  await mongo?.dispose();
  mongo = undefined;
});

/** On this machine: processes, and folders of runs. */
const here: Pick<Scene, 'applications' | 'left'> = {
  applications: ['terminal'],
  async left(desktop, folder) {
    const runs = join(folder, 'data/runs');
    const processes = markedProcesses().filter(({ marker }) => marker.startsWith(desktop));
    return [...processes.map(({ command }) => command), ...(existsSync(runs) ? readdirSync(runs) : [])];
  },
};

const SCENES: readonly (Scene & { readonly title: string })[] = [
  { ...here, title: 'SQLite', configuration: async () => ({}), atOnce: 1 },
  {
    ...here,
    title: 'MongoDB',
    async configuration() {
      mongo ??= await MongoServer.start();
      return { store: await mongo.store() };
    },
    atOnce: 4,
  },
];

it.each(SCENES)(
  'is killed at every boundary of create, launch and stop on $title, and ends like one that was left in peace',
  async (scene) => {
    const peace = await live(scene, false);
    expect(peace.deaths).toBe(0);
    expect(peace.events).toStrictEqual([
      'DesktopRequested',
      'DesktopScheduled',
      'DesktopBecameReady',
      'ApplicationLaunchRequested',
      'ApplicationStarted',
      'ApplicationStopRequested',
      'ApplicationExited',
      'DesktopStopRequested',
      'DesktopStopped',
    ]);
    expect([...peace.met].sort()).toStrictEqual(
      [
        ...peace.events.map((type) => `after ${type}`),
        ...['start-desktop', 'start-application', 'stop-application', 'stop-desktop'].map((action) => `after ${action}`),
        ...['folder and agent', 'agent and pid file', 'note and SIGTERM', 'processes and folder'].map((effects) => `between ${effects}`),
      ].sort(),
    );
    await dieEverywhere(scene, peace);
  },
  600_000,
);
