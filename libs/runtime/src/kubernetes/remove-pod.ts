/** Deletes a pod once: what the apiserver answers is known at once, so that nobody deletes it again before the watch has told. */
import { isNotFound } from './cluster.errors.js';
import type { ClusterClient, DeleteOptions } from './cluster-client.js';
import type { Pod } from './kubernetes.objects.js';
import type { WatchedObjects } from './watched-objects.js';

/** Not there is success. It goes when its processes have ended, or after its grace period. */
export async function removePod(
  client: ClusterClient,
  pods: WatchedObjects<Pod>,
  name: string,
  options: DeleteOptions = {},
): Promise<void> {
  try {
    const answer = await client.delete<Pod>('pods', name, options);
    if (answer.metadata?.deletionTimestamp) pods.renew(answer);
  } catch (error) {
    if (!isNotFound(error)) throw error;
    pods.drop(name);
  }
}
