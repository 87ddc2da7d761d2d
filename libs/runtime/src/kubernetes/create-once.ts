/** Makes what is named after ids: where it is there already, made by another replica or before a kill, that is success; somebody else's is not. */
import { DeskhandError } from '#libs/common';
import { isThere } from './cluster.errors.js';
import type { ClusterClient, Resource } from './cluster-client.js';
import { isMadeFor } from './kubernetes.names.js';
import type { KubernetesObject } from './kubernetes.objects.js';

/** What is made here and named after ids. */
export type MadeResource = Exclude<Resource, 'events'>;

/**
 * @returns undefined when it was there already
 * @throws DeskhandError `POD_REFUSED`, or `CLAIM_NOT_BOUND` for a claim, where the name is taken by what this installation did not make for the same
 */
export async function createOnce<T extends KubernetesObject>(
  client: ClusterClient,
  resource: MadeResource,
  object: T,
): Promise<T | undefined> {
  try {
    return await client.create(resource, object);
  } catch (error) {
    // Admission speaks before anybody looks whether the name is taken: a quota that is used up refuses also what is there.
    if (!isThere(error) && !(error instanceof DeskhandError)) throw error;
    const found = await findStored(client, resource, object);
    if (found && isMadeFor(found.metadata?.labels, object.metadata?.labels)) return undefined;
    // Where it has gone meanwhile, it is made at the next try.
    if (!found || !isThere(error)) throw error;
    throw foreign(resource, object);
  }
}

/** The same for what is there nearly always: looked for first. */
export async function ensure(client: ClusterClient, resource: MadeResource, object: KubernetesObject): Promise<void> {
  const found = await findStored(client, resource, object);
  if (!found) await createOnce(client, resource, object);
  else if (!isMadeFor(found.metadata?.labels, object.metadata?.labels)) throw foreign(resource, object);
}

/** Metadata of what has the object's name; undefined when nothing has. */
async function findStored(
  client: ClusterClient,
  resource: MadeResource,
  { metadata }: KubernetesObject,
): Promise<KubernetesObject | undefined> {
  const { items } = await client.list<KubernetesObject>(resource, { fieldSelector: `metadata.name=${metadata?.name}`, metadataOnly: true });
  return items[0];
}

/** A claim may hold somebody's files: nobody is told to remove it without another choice. */
function foreign(resource: MadeResource, { metadata }: KubernetesObject): DeskhandError {
  const what = `${metadata?.name} among the ${resource} is not of this installation of Deskhand`;
  if (resource !== 'persistentvolumeclaims') return new DeskhandError('POD_REFUSED', `${what}: remove it.`);
  const labels = Object.entries(metadata?.labels ?? {}).map(([label, value]) => `${label}=${value}`);
  return new DeskhandError('CLAIM_NOT_BOUND', `${what}: remove it, or let it be used by these labels: ${labels.join(', ')}.`);
}
