/** One desktop's life under a control plane that is killed at every boundary between two effects, and started again each time. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadConfiguration } from '#libs/common';
import { openStore } from '#libs/event-sourcing';
import { eventually } from './eventually.js';
import type { Answer, HttpClient } from './http-client.js';
import { Replicas, type ServerProcess } from './replicas.js';

const WITHIN_MS = 120_000;

/** Where desktops live, and what is there of them. */
export interface Scene {
  /** Laid over the one that tests use; for each life anew. */
  configuration(): Promise<object>;
  /** Names of applications, which are used one after the other. */
  readonly applications: readonly string[];
  /** Throws while a desktop that is in use is not whole. */
  whole?(desktop: string): Promise<void>;
  /** What is there of a desktop, by the folder of its control plane. */
  left(desktop: string, folder: string): Promise<readonly string[]>;
  /** Lives at the same time, which share the points: where a store cannot tell that a server is dead, the next one waits for its leases at each death. */
  readonly atOnce: number;
}

export interface Life {
  /** Types of the events of the desktop, in order. */
  readonly events: readonly string[];
  /** Fault points that were met. */
  readonly met: readonly string[];
  readonly deaths: number;
}

/** Of lives that did not come to their end. */
const open = new Set<Replicas>();

export async function disposeOfLives(): Promise<void> {
  await Promise.all([...open].map((replicas) => replicas.dispose()));
  open.clear();
}

/** Lives are led until the server has died at each point of `peace`; all have its events. */
export async function dieEverywhere(scene: Scene, peace: Life): Promise<void> {
  // A step that was killed inside is not done again if nothing of it is missing: its end is then another life's.
  let left: readonly string[] = peace.met;
  while (left.length > 0) {
    const atOnce = Math.min(scene.atOnce, left.length);
    const shares = Array.from({ length: atOnce }, (_, life) => left.filter((_, index) => index % atOnce === life));
    const lives = shares.map(async (share) => {
      const spared = peace.met.filter((point) => !share.includes(point));
      const disturbed = await live(scene, true, spared);
      expect(disturbed.events).toStrictEqual(peace.events);
      expect(disturbed.met).not.toStrictEqual([]);
      expect(disturbed.deaths).toBe(disturbed.met.length);
      return disturbed.met;
    });
    const met = new Set((await Promise.all(lives)).flat());
    left = left.filter((point) => !met.has(point));
  }
}

/**
 * A desktop is created, its applications are launched and ended, the desktop is ended; nothing of it is left.
 *
 * @param kill the server at each fault point but those that are spared
 */
export async function live(scene: Scene, kill: boolean, spared: readonly string[] = []): Promise<Life> {
  const configuration = await scene.configuration();
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
  await eventually(async () => scene.whole?.(id), WITHIN_MS);
  for (const application of scene.applications) await use(user, desktop, application);
  await ask(user, 'DELETE', desktop);
  await until(user, desktop, 'stopped');
  await eventually(async () => expect(await scene.left(id, replicas.folder)).toStrictEqual([]));
  const deaths = await end();
  const store = await openStore(loadConfiguration({ DESKHAND_CONFIG: replicas.configurationFile }));
  const events = (await store.read(`desktop-${id}`)).map(({ type }) => type);
  await store.close();
  const met = readFileSync(faults, 'utf8').trim().split('\n').slice(spared.length);
  await replicas.dispose();
  open.delete(replicas);
  return { events, met, deaths };
}

/** Launches it and ends it. */
async function use(user: HttpClient, desktop: string, application: string): Promise<void> {
  // The id of a launch is the server's: whoever got no answer looks whether there is one before asking again.
  const launch = await eventually(async () => {
    const { items } = (await user.call('GET', `${desktop}/applications`)).body;
    const found =
      items.find((each: { application: string }) => each.application === application) ??
      (await user.call('POST', `${desktop}/applications`, { application })).body;
    expect(found.id).toBeTypeOf('string');
    return found.id as string;
  }, WITHIN_MS);
  await until(user, `${desktop}/applications/${launch}`, 'running');
  await ask(user, 'DELETE', `${desktop}/applications/${launch}`);
  await until(user, `${desktop}/applications/${launch}`, 'exited');
}

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
