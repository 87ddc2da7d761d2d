/** A control plane that is killed at every boundary between two effects, in one life of one desktop: the end is as if nothing had happened. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { loadConfiguration } from '#libs/common';
import { openStore } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { MongoServer } from '../support/mongo.js';
import { markedProcesses } from '../support/processes.js';
import { Replicas, type ServerProcess } from '../support/replicas.js';

const WITHIN_MS = 120_000;

/** Of lives that did not come to their end. */
const open = new Set<Replicas>();
let mongo: MongoServer | undefined;
afterEach(async () => {
  await Promise.all([...open].map((replicas) => replicas.dispose()));
  open.clear();
  await mongo?.dispose();
  mongo = undefined;
});

/** Starts the server again whenever it has died. @returns how often it died, once told to end */
function keepAlive(server: ServerProcess, environment: NodeJS.ProcessEnv): () => Promise<number> {
  let isOver = false;
  let deaths = 0;
  const watch = (async () => {
    for (;;) {
      server.spawn(environment);
      await server.ended();
      if (isOver) return;
      deaths++;
    }
  })();
  return async () => {
    isOver = true;
    server.signal('SIGTERM');
    await watch;
    return deaths;
  };
}

/** Asks until there is an answer: a server that died in the middle of it gives none. */
const ask = (user: HttpClient, method: string, path: string, body?: unknown): Promise<Answer> =>
  eventually(async () => {
    const answer = await user.call(method, path, body);
    if (answer.status >= 500) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer;
  }, WITHIN_MS);

const until = (user: HttpClient, path: string, status: string): Promise<void> =>
  eventually(async () => {
    const { body } = await user.call('GET', path);
    if (body.status !== status) throw new Error(`${path} is ${body.status} (${body.cause ?? ''})`);
  }, WITHIN_MS);

interface Life {
  /** Types of the events of the desktop, in order. */
  readonly events: readonly string[];
  /** Fault points that were met. */
  readonly met: readonly string[];
  readonly deaths: number;
  /** What was left at the end: processes, and folders of runs. */
  readonly left: readonly string[];
}

/**
 * A desktop is created, an application launched and ended, the desktop ended.
 *
 * @param kill the server at each fault point but those that are spared
 */
async function live(configuration: object, kill: boolean, spared: readonly string[] = []): Promise<Life> {
  const replicas = await Replicas.make({ replicas: 1, program: 'dist/test/support/faulty-api.js', configuration });
  open.add(replicas);
  const [server] = replicas.apis as [ServerProcess];
  const faults = join(replicas.folder, 'faults');
  writeFileSync(faults, spared.map((name) => `${name}\n`).join(''));
  const end = keepAlive(server, { DESKHAND_FAULTS: faults, ...(kill ? { DESKHAND_FAULTS_KILL: '1' } : {}) });
  const user = server.client();
  await eventually(async () => expect((await user.logIn(undefined)).status).toBe(200), WITHIN_MS);
  const { id } = (await ask(user, 'POST', '/api/v1/desktops', {})).body;
  const desktop = `/api/v1/desktops/${id}`;
  await until(user, desktop, 'ready');
  // The id of a launch is the server's: whoever got no answer looks whether there is one before asking again.
  const launch = await eventually(async () => {
    const { items } = (await user.call('GET', `${desktop}/applications`)).body;
    const found = items[0] ?? (await user.call('POST', `${desktop}/applications`, { application: 'terminal' })).body;
    expect(found.id).toBeTypeOf('string');
    return found.id as string;
  }, WITHIN_MS);
  await until(user, `${desktop}/applications/${launch}`, 'running');
  await ask(user, 'DELETE', `${desktop}/applications/${launch}`);
  await until(user, `${desktop}/applications/${launch}`, 'exited');
  await ask(user, 'DELETE', desktop);
  await until(user, desktop, 'stopped');
  const { folder } = replicas;
  const left = () => [
    ...markedProcesses()
      .filter(({ marker }) => marker.startsWith(id))
      .map(({ command }) => command),
    ...(existsSync(join(folder, 'data/runs')) ? readdirSync(join(folder, 'data/runs')) : []),
  ];
  await eventually(() => expect(left()).toStrictEqual([]));
  const deaths = await end();
  const store = await openStore(loadConfiguration({ DESKHAND_CONFIG: replicas.configurationFile }));
  const events = (await store.read(`desktop-${id}`)).map(({ type }) => type);
  await store.close();
  const met = readFileSync(faults, 'utf8').trim().split('\n').slice(spared.length);
  await replicas.dispose();
  open.delete(replicas);
  return { events, met, deaths, left: left() };
}

interface Store {
  readonly title: string;
  /** A store of its own for each life. */
  configuration(): Promise<object>;
  /** Lives at the same time, which share the points: where a store cannot tell that a server is dead, the next one waits for its leases at each death. */
  readonly atOnce: number;
}

const STORES: readonly Store[] = [
  { title: 'SQLite', configuration: async () => ({}), atOnce: 1 },
  {
    title: 'MongoDB',
    async configuration() {
      mongo ??= await MongoServer.start();
      return { store: await mongo.store() };
    },
    atOnce: 4,
  },
];

it.each(STORES)(
  'is killed at every boundary of create, launch and stop on $title, and ends like one that was left in peace',
  async ({ configuration, atOnce }) => {
    const peace = await live(await configuration(), false);
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
    // A step that was killed inside is not done again if nothing of it is missing: its end is then another life's.
    let left: readonly string[] = peace.met;
    while (left.length > 0) {
      const shares = Array.from({ length: Math.min(atOnce, left.length) }, (_, life) => left.filter((_, index) => index % atOnce === life));
      const lives = shares.map(async (share) => {
        const spared = peace.met.filter((point) => !share.includes(point));
        const disturbed = await live(await configuration(), true, spared);
        expect(disturbed.events).toStrictEqual(peace.events);
        expect(disturbed.met).not.toStrictEqual([]);
        expect(disturbed.deaths).toBe(disturbed.met.length);
        return disturbed.met;
      });
      const met = new Set((await Promise.all(lives)).flat());
      left = left.filter((point) => !met.has(point));
    }
  },
  600_000,
);
