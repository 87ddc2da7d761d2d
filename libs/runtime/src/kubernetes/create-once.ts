/** Makes what is named after ids: where it is there already, made by another replica or before a kill, that is success; somebody else's is not. */
import { DeskhandError } from '#libs/common';
import { isThere } from './cluster.errors.js';
import type { ClusterClient } from './cluster-client.js';
import { isMadeFor } from './kubernetes.names.js';
import type { KubernetesObject } from './kubernetes.objects.js';

/**
 * @returns undefined when it was there already
 * @throws DeskhandError `POD_REFUSED` where the name is taken by what this installation did not make for the same
 */
export async function createOnce<T extends KubernetesObject>(
  client: ClusterClient,
  resource: 'pods' | 'secrets',
  object: T,
): Promise<T | undefined> {
  try {
    return await client.create(resource, object);
  } catch (error) {
    // Admission speaks before anybody looks whether the name is taken: a quota that is used up refuses also what is there.
    if (!isThere(error) && !(error instanceof DeskhandError)) throw error;
    const name = object.metadata?.name ?? '';
    const found = await findStored(client, resource, name);
    if (found && isMadeFor(found.metadata?.labels, object.metadata?.labels)) return undefined;
    // Where it has gone meanwhile, it is made at the next try.
    if (!found || !isThere(error)) throw error;
    throw new DeskhandError('POD_REFUSED', `${name} among the ${resource} is not of this installation of Deskhand: remove it.`);
  }
}

/** Its metadata; undefined when it is not there. */
export async function findStored(
  client: ClusterClient,
  resource: 'pods' | 'secrets' | 'persistentvolumeclaims',
  name: string,
): Promise<KubernetesObject | undefined> {
  const { items } = await client.list<KubernetesObject>(resource, { fieldSelector: `metadata.name=${name}`, metadataOnly: true });
  return items[0];
}
