/** Applications of desktops that are pods: as ephemeral containers, as pods of their own, or among the desktop's own processes. */
import { DeskhandError, faultPoint, type PodSettings } from '#libs/common';
import { type AgentTarget, callAgent } from '../agent/agent-client.js';
import type { ApplicationSpec, DesktopRun } from '../runtime.js';
import {
  GRACE_SECONDS,
  makeApplicationContainer,
  makeApplicationPod,
  makeDisplayPolicy,
  type PlacedApplication,
} from './application.manifest.js';
import type { ClusterClient } from './cluster-client.js';
import type { ClusterView } from './cluster-view.js';
import { createOnce } from './create-once.js';
import type { Installation } from './desktop.manifest.js';
import { AGENT_PORT, containerName, LABEL, launchName, machineName } from './kubernetes.names.js';
import type { Pod } from './kubernetes.objects.js';
import { removePod } from './remove-pod.js';

const LOG_BYTES = 64 * 1024;

export interface KubernetesApplicationsOptions {
  readonly client: ClusterClient;
  readonly installation: Installation;
  readonly view: ClusterView;
  readonly settingsOf: (profile: string) => PodSettings;
  /** Whom to call. @throws DeskhandError `DESKTOP_UNREACHABLE` */
  readonly agentOf: (run: DesktopRun) => AgentTarget;
}

/** Which launch on which run. */
export type Launch = DesktopRun & { readonly id: string };

export class KubernetesApplications {
  constructor(private readonly options: KubernetesApplicationsOptions) {}

  async start(spec: ApplicationSpec): Promise<void> {
    const { id, application, command, container } = spec;
    const agent = this.options.agentOf(spec);
    const desktop = this.#desktop(spec);
    if (!container) return void (await callAgent(agent, 'POST', '/applications', { id, application, command }));
    const place = container.engine === 'pod' ? 'pod' : 'container';
    // First, so that it is known as soon as its process or its window is there.
    await callAgent(agent, 'PUT', pathOf(id), {
      application,
      place,
      ...(place === 'pod' ? { machine: machineName(application, id) } : {}),
    });
    faultPoint('between', 'announcement and container');
    try {
      if (place === 'pod') await this.#startPod(desktop, { ...spec, container });
      else await this.#startContainer(desktop, { ...spec, container });
    } catch (error) {
      // The cluster has refused it: it will not be tried again, so the agent need not look out for it any longer.
      if (error instanceof DeskhandError) await callAgent(agent, 'DELETE', pathOf(id)).catch(() => undefined);
      throw error;
    }
  }

  async stop(target: Launch): Promise<void> {
    const pod = this.#podOf(target);
    if (pod && !pod.metadata?.deletionTimestamp) {
      const { client, view } = this.options;
      await removePod(client, view.pods, pod.metadata?.name ?? '', { gracePeriodSeconds: GRACE_SECONDS });
    }
    await callAgent(this.options.agentOf(target), 'DELETE', pathOf(target.id)).catch((error: unknown) => {
      // An agent remembers a hundred that have ended.
      if (!(error instanceof DeskhandError && error.code === 'APPLICATION_NOT_FOUND')) throw error;
    });
  }

  async log(target: Launch): Promise<string> {
    const { client, agentOf } = this.options;
    const desktop = this.#desktop(target);
    const pod = this.#podOf(target);
    const container = containerName(target.id);
    if (!pod && !desktop.spec?.ephemeralContainers?.some(({ name }) => name === container)) {
      return callAgent(agentOf(target), 'GET', `${pathOf(target.id)}/log`);
    }
    const [of, name] = pod ? [pod, 'application'] : [desktop, container];
    // Until the kubelet says that it runs, it has said nothing that could be asked for.
    return hasBegun(of, name) ? client.log(of.metadata?.name ?? '', name, LOG_BYTES) : '';
  }

  async #startContainer(desktop: Pod, spec: PlacedApplication): Promise<void> {
    const { client, view } = this.options;
    const ephemeralContainers = [makeApplicationContainer(this.#settings(desktop), desktop, spec)];
    const body = { spec: { ephemeralContainers } };
    view.pods.renew(await client.patch<Pod>('pods', desktop.metadata?.name ?? '', 'strategic-merge-patch', body, 'ephemeralcontainers'));
  }

  async #startPod(desktop: Pod, spec: PlacedApplication): Promise<void> {
    const { client, installation, view } = this.options;
    // Before the pod, whose display would stay closed without it; each time, as somebody may have deleted it.
    await createOnce(client, 'networkpolicies', makeDisplayPolicy(installation, desktop, spec, AGENT_PORT));
    const pod = await createOnce(client, 'pods', makeApplicationPod(installation, this.#settings(desktop), desktop, spec));
    if (pod) view.pods.put(pod);
  }

  #desktop(target: DesktopRun): Pod {
    const pod = this.options.view.desktopOf(target);
    if (!pod) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The pod of the desktop is not there.');
    return pod;
  }

  #podOf({ id, ...target }: Launch): Pod | undefined {
    const objects = this.options.view.of(target.desktop).find(({ run }) => run === target.run);
    return objects?.applications.find(({ metadata }) => metadata?.labels?.[LABEL.launch] === launchName(id));
  }

  #settings(desktop: Pod): PodSettings {
    return this.options.settingsOf(desktop.metadata?.annotations?.[LABEL.profile] ?? '');
  }
}

function hasBegun({ status }: Pod, container: string): boolean {
  const all = [...(status?.containerStatuses ?? []), ...(status?.ephemeralContainerStatuses ?? [])];
  const { running, terminated } = all.find(({ name }) => name === container)?.state ?? {};
  return running !== undefined || terminated !== undefined;
}

const pathOf = (id: string): string => `/applications/${encodeURIComponent(id)}`;
