/** Replicas that are killed one after the other while desktops are made, used and ended; and the count of what went wrong. */
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';
import { Memcached } from '../support/memcached.js';
import { MongoServer } from '../support/mongo.js';
import { Replicas } from '../support/replicas.js';
import { Killer } from './killer.js';
import { type Life, live } from './life.js';
import { lookAtCluster, lookAtMachine, Witness } from './witness.js';

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
  readonly duplicated: number;
  readonly orphans: number;
  readonly falselyStopped: number;
}

/** @param tell told of each life when it is over */
export async function runChaos(options: ChaosOptions, tell: (life: Life) => void): Promise<ChaosReport> {
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
  try {
    await replicas.start();
    return await count(replicas, options, cluster ? lookAtCluster(cluster) : lookAtMachine, tell);
  } finally {
    await replicas.dispose();
    await cluster?.dispose();
    await mongo?.dispose();
    await memcached.stop();
  }
}

async function count(
  replicas: Replicas,
  { desktops, atOnce, killEveryMs }: ChaosOptions,
  look: ConstructorParameters<typeof Witness>[0],
  tell: (life: Life) => void,
): Promise<ChaosReport> {
  const made = new Set<string>();
  const witness = new Witness(look, (desktop) => made.has(desktop));
  const killer = new Killer(replicas.apis, killEveryMs);
  const lives: Life[] = [];
  let begun = 0;
  const work = async () => {
    while (begun < desktops) {
      begun++;
      const life = await live(replicas.client(), (id) => made.add(id));
      lives.push(life);
      tell(life);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await killer.stop();
  const ended = (end: Life['end']) => lives.filter((life) => life.end === end).length;
  return {
    kills: killer.kills,
    desktops,
    ready: ended('ready'),
    failedTyped: ended('failed'),
    lost: ended('lost'),
    orphans: await witness.orphans(),
    duplicated: witness.duplicated.size,
    falselyStopped: lives.filter(({ falselyStopped }) => falselyStopped).length,
  };
}
