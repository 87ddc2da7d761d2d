/** Replicas that are killed one after the other while desktops are made, used and ended; and the count of what went wrong. */
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { Replicas } from '../support/replicas.js';
import { Killer } from './killer.js';
import { isWrong, type Life, live } from './life.js';
import { Streams } from './streams.js';
import { type Look, lookAtCluster, lookAtMachine, Witness } from './witness.js';

export interface ChaosOptions {
  readonly replicas: number;
  readonly desktops: number;
  /** Desktops that live at the same time. */
  readonly atOnce: number;
  readonly runtime: 'kubernetes' | 'local';
  readonly store: 'mongo' | 'sqlite';
  readonly killEveryMs: number;
}

export interface ChaosReport {
  readonly kills: number;
  readonly desktops: number;
  readonly ready: number;
  /** Failed with a cause that names the fault. */
  readonly failedTyped: number;
  readonly lost: number;
  /** Seen twice at once, or a run of it became ready twice. */
  readonly duplicated: number;
  readonly orphans: number;
  readonly falselyStopped: number;
}

/** Is told how it goes. */
export interface Audience {
  /** A life is over. */
  ended(life: Life): void;
  /** The events of a desktop that ended wrongly, or that lived when the run was broken off. */
  events(desktop: string, text: string): void;
}

/** @param broken ends it early. @throws its reason then */
export async function runChaos(options: ChaosOptions, audience: Audience, broken = new AbortController().signal): Promise<ChaosReport> {
  const memcached = await Memcached.start();
  const mongo = options.store === 'mongo' ? await MongoServer.start() : undefined;
  const cluster = options.runtime === 'kubernetes' ? await KubernetesRig.make('chaos') : undefined;
  const replicas = await Replicas.make({
    replicas: options.replicas,
    configuration: {
      ...(mongo ? { store: await mongo.store() } : {}),
      ...(cluster
        ? { runtime: cluster.runtimeSettings(), catalogue: { folders: [], images: [cluster.cluster.inspect] } }
        : { catalogue: { folders: [`${projectFolder()}/test/e2e/applications`] } }),
      progress: { kind: 'memcached', servers: [memcached.server] },
      desktops: { limit: options.desktops + 100 },
      log: { level: 'error' },
    },
  });
  let streams: Streams | undefined;
  try {
    await replicas.start();
    streams = await Streams.open(replicas.configurationFile);
    return await count({ replicas, streams, look: cluster ? lookAtCluster(cluster) : lookAtMachine, audience, broken }, options);
  } finally {
    await streams?.close();
    await replicas.dispose();
    await cluster?.dispose();
    await mongo?.dispose();
    await memcached.stop();
  }
}

interface Scene {
  readonly replicas: Replicas;
  readonly streams: Streams;
  readonly look: Look;
  readonly audience: Audience;
  readonly broken: AbortSignal;
}

async function count({ replicas, streams, look, audience, broken }: Scene, options: ChaosOptions): Promise<ChaosReport> {
  const { desktops, atOnce, killEveryMs } = options;
  const made = new Set<string>();
  const witness = new Witness(look, (desktop) => made.has(desktop));
  const killer = new Killer(replicas.apis, killEveryMs);
  const lives: Life[] = [];
  let begun = 0;
  const work = async () => {
    while (begun < desktops && !broken.aborted) {
      begun++;
      const life = await live(replicas.client(), (id) => made.add(id));
      lives.push(life);
      audience.ended(life);
      if (isWrong(life)) audience.events(life.id, await streams.tell(life.id));
    }
  };
  await Promise.race([Promise.all(Array.from({ length: atOnce }, work)), interruption(broken)]);
  await killer.stop();
  const ended = (end: Life['end']) => lives.filter((life) => life.end === end).length;
  if (broken.aborted) {
    const over = new Set(lives.map(({ id }) => id));
    for (const id of made) if (!over.has(id)) audience.events(id, await streams.tell(id));
    throw broken.reason;
  }
  const orphans = await witness.orphans();
  const readyTwice = (await streams.readyTwice(made)).filter((id) => !witness.duplicated.has(id));
  for (const id of readyTwice) audience.events(id, await streams.tell(id));
  return {
    kills: killer.kills,
    desktops,
    ready: ended('ready'),
    failedTyped: ended('failed'),
    lost: ended('lost'),
    orphans,
    duplicated: witness.duplicated.size + readyTwice.length,
    falselyStopped: lives.filter(({ falselyStopped }) => falselyStopped).length,
  };
}

const interruption = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
