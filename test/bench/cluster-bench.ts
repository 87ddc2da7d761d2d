/** What benches on a real cluster need: the cluster, a server that makes its desktops there, and what the cluster's audit log says of it. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';
import { StandaloneServer } from '../support/standalone.js';

const CLUSTER_TIMEOUT_MS = 30 * 60_000;

export interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  /** RFC 3339 with microseconds. */
  readonly requestReceivedTimestamp: string;
  /** When it was answered, in the same way. */
  readonly stageTimestamp: string;
  /** A watch begins and ends: two entries. */
  readonly stage: 'ResponseStarted' | 'ResponseComplete' | 'Panic';
}

/** Brings up the cluster of the tests unless it is up, and ends it afterwards if it was not. */
export async function onCluster<T>(measure: (rig: KubernetesRig, server: StandaloneServer) => Promise<T>): Promise<T> {
  const wasUp = await call('status').then(
    () => true,
    () => false,
  );
  try {
    await call('up');
    const status = await call('status');
    process.env.DESKHAND_TEST_CLUSTER = join((JSON.parse(status.slice(status.indexOf('{'))) as { state: string }).state, 'cluster.json');
    const rig = await KubernetesRig.make('bench');
    try {
      return await serve(rig, measure);
    } finally {
      await rig.dispose();
    }
  } finally {
    if (!wasUp) await call('down');
  }
}

async function serve<T>(rig: KubernetesRig, measure: (rig: KubernetesRig, server: StandaloneServer) => Promise<T>): Promise<T> {
  const server = await StandaloneServer.make({
    runtime: rig.runtimeSettings(),
    catalogue: { images: [rig.cluster.inspect] },
    log: { level: 'error' },
  });
  await server.start();
  try {
    return await measure(rig, server);
  } finally {
    await server.dispose();
  }
}

/** `npm run cluster`; throws with what it printed. */
async function call(command: 'up' | 'down' | 'status'): Promise<string> {
  const script = join(projectFolder(), 'test/cluster/cluster.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [script, command], { timeout: CLUSTER_TIMEOUT_MS });
  return stdout;
}

/** What the control plane asked the apiserver for, since the given time (milliseconds since the epoch). */
export function askedSince(rig: KubernetesRig, since: number): readonly AuditEvent[] {
  return readFileSync(join(rig.cluster.state, 'log/audit.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ user }) => user.username === `system:serviceaccount:${rig.namespace}:deskhand`)
    .filter(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp) >= since);
}

/** The agent of the only desktop that is there: the process namespace of the cluster lies inside this machine's. */
export function agentInPod(): number {
  const agents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes('/opt/deskhand/agent.mjs');
      } catch {
        return false;
      }
    });
  return Math.max(...agents.map(Number));
}
