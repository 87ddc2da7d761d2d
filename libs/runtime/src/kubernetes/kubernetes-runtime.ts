/** Desktops as pods of a cluster: https://kubernetes.io/docs/concepts/workloads/pods/ */
import { randomBytes } from 'node:crypto';
import { DeskhandError, faultPoint, type PodSettings } from '#libs/common';
import type { AgentTarget } from '../agent/agent-client.js';
import { AgentFeeds } from '../agent/agent-feeds.js';
import { probeDisplay } from '../agent/probe-display.js';
import type { ApplicationSpec, DesktopRun, DesktopSpec, Endpoint, Observed, ObservedRun, Runtime, RuntimeNotice } from '../runtime.js';
import { observeApplications } from './application.observation.js';
import { isNotFound, messageOf, throwAtPort } from './cluster.errors.js';
import type { ClusterClient } from './cluster-client.js';
import { ClusterView, type RunObjects } from './cluster-view.js';
import { createOnce, ensure } from './create-once.js';
import { type Installation, makeClaim, makeDesktopPod, makeDesktopSecret, makeUserSecret, ownedBy } from './desktop.manifest.js';
import { observePod } from './desktop.observation.js';
import type { KubernetesObject, Pod, Secret } from './kubernetes.objects.js';
import { KubernetesApplications, type Launch } from './kubernetes-applications.js';
import { Notices } from './notices.js';
import { removePod } from './remove-pod.js';

export interface KubernetesRuntimeOptions {
  readonly client: ClusterClient;
  readonly installation: Installation;
  /** The settings of a profile's pods. */
  readonly settingsOf: (profile: string) => PodSettings;
  /** The secret that a run's agent was given. */
  readonly secretOf: (run: DesktopRun) => Uint8Array;
}

export class KubernetesRuntime implements Runtime {
  readonly #view: ClusterView;
  readonly #feeds: AgentFeeds;
  readonly #notices: Notices;
  readonly #applications: KubernetesApplications;
  readonly #listeners = new Set<(desktop: string) => void>();

  constructor(private readonly options: KubernetesRuntimeOptions) {
    const { client, installation } = options;
    this.#view = new ClusterView(client, installation.id, (desktop) => this.#changed(desktop));
    this.#feeds = new AgentFeeds((desktop) => this.#changed(desktop));
    this.#notices = new Notices(client, (name) => this.#view.pods.get(name));
    this.#applications = new KubernetesApplications({ ...options, view: this.#view, agentOf: (run) => this.#agentOf(run) });
    this.#view.start();
    this.#notices.start();
  }

  async observe(desktop: string, { fresh } = { fresh: false }): Promise<Observed> {
    const reason =
      (await this.#view.unreachable()) ?? (fresh ? await this.#view.refresh(desktop).then(() => undefined, messageOf) : undefined);
    if (reason !== undefined) return { status: 'unknown', reason };
    const runs = this.#view.of(desktop);
    this.#feeds.keep(
      desktop,
      runs.map(({ run }) => run),
    );
    return { status: 'known', runs: runs.map((objects) => this.#observeRun(desktop, objects)) };
  }

  async list(): Promise<readonly DesktopRun[] | undefined> {
    return (await this.#view.unreachable()) === undefined ? this.#view.runs() : undefined;
  }

  startDesktop(spec: DesktopSpec): Promise<void> {
    return this.#startDesktop(spec).catch(throwAtPort);
  }

  stopDesktop(target: DesktopRun): Promise<void> {
    return this.#stopDesktop(target).catch(throwAtPort);
  }

  startApplication(spec: ApplicationSpec): Promise<void> {
    return this.#applications.start(spec).catch(throwAtPort);
  }

  stopApplication(target: Launch): Promise<void> {
    return this.#applications.stop(target).catch(throwAtPort);
  }

  applicationLog(target: Launch): Promise<string> {
    return this.#applications.log(target).catch(throwAtPort);
  }

  /** Secret before pod, or the kubelet would wait for it; claim before both. */
  async #startDesktop(spec: DesktopSpec): Promise<void> {
    const { client, installation } = this.options;
    const settings = this.options.settingsOf(spec.profile);
    const claim = makeClaim(installation, settings, spec);
    const userSecret = makeUserSecret(installation, spec);
    const secrets = [makeDesktopSecret(installation, spec, randomBytes(16)), ...(userSecret ? [userSecret] : [])];
    // Alone: where it is refused, no Secret is left.
    if (claim) await ensure(client, 'persistentvolumeclaims', claim);
    await Promise.all(secrets.map((secret) => createOnce(client, 'secrets', secret)));
    faultPoint('between', 'secrets and pod');
    const made = await this.#createPod(makeDesktopPod(installation, settings, spec), secrets);
    if (made) this.#view.pods.put(made);
    // Where it was there already but is not in sight yet, the next look finds its start unfinished.
    const pod = made ?? this.#view.desktopOf(spec);
    if (!pod) return;
    faultPoint('between', 'pod and owners of secrets');
    await this.#own(pod, new Set([...secrets.map(nameOf), ...(this.#view.runOf(spec)?.ownerless ?? [])]));
  }

  async #stopDesktop(target: DesktopRun): Promise<void> {
    const { client } = this.options;
    const look = (): RunObjects | undefined => this.#view.runOf(target);
    const seen = look();
    this.#view.forget(target);
    // It may have been made a moment ago by another replica and not be in sight yet.
    if (seen && !seen.desktop && seen.ownerless.length > 0) await this.#view.refresh(target.desktop);
    const objects = look();
    const pods = [...(objects?.applications ?? []), ...(objects?.desktop ? [objects.desktop] : [])];
    const doomed = pods.filter(({ metadata }) => !metadata?.deletionTimestamp);
    await Promise.all([
      ...doomed.map((pod) => removePod(client, this.#view.pods, nameOf(pod))),
      ...(objects?.ownerless ?? []).map((name) => unlessGone(client.delete('secrets', name))),
    ]);
  }

  async probeDisplay({ endpoint, ...target }: DesktopRun & { readonly endpoint: Endpoint }, timeoutMs: number): Promise<void> {
    await probeDisplay({ ...target, endpoint, secret: this.options.secretOf(target) }, timeoutMs);
  }

  onChange(listener: (desktop: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onNotice(listener: (notice: RuntimeNotice) => void): () => void {
    return this.#notices.onNotice(listener);
  }

  async unavailable(): Promise<string | undefined> {
    return this.#view.unreachable();
  }

  async close(): Promise<void> {
    this.#feeds.close();
    await Promise.all([this.#view.close(), this.#notices.close()]);
  }

  #observeRun(desktop: string, { run, desktop: pod, applications, ownerless, removedFor }: RunObjects): ObservedRun {
    const target = { desktop, run };
    if (!pod) {
      this.#feeds.end(target);
      return removedFor ? { run, phase: 'ended', cause: removedFor, applications: [] } : { run, phase: 'remains', applications: [] };
    }
    const seen = observePod(pod);
    if (seen.phase === 'ended') this.#feeds.end(target);
    const heard = seen.endpoint && this.#feeds.listen({ ...target, endpoint: seen.endpoint, secret: () => this.options.secretOf(target) });
    return {
      run,
      ...seen,
      ...(ownerless.length > 0 ? { isUnfinished: true } : {}),
      // The agent answers seconds before the kubelet says that its container runs.
      ...(heard?.answeringSince && (seen.phase === 'starting' || seen.phase === 'preparing')
        ? { phase: 'running', startedAt: heard.answeringSince }
        : {}),
      applications: observeApplications(pod, applications, heard?.applications),
      ...(heard ? { connections: heard.connections } : {}),
      ...(heard?.lastDisconnectedAt === undefined ? {} : { lastDisconnectedAt: heard.lastDisconnectedAt }),
    };
  }

  /** Secrets go with the pod from then on. */
  async #own(pod: Pod, secrets: ReadonlySet<string>): Promise<void> {
    const { client } = this.options;
    const body = { metadata: { ownerReferences: ownedBy(pod) } };
    const own = async (name: string) => {
      const { metadata } = await client.patch<Secret>('secrets', name, 'merge-patch', body);
      this.#view.secrets.put({ metadata });
    };
    await Promise.all([...secrets].map((name) => unlessGone(own(name))));
  }

  /** Undefined when it was there already. A pod that can never be leaves no Secret behind. */
  async #createPod(pod: Pod, secrets: readonly Secret[]): Promise<Pod | undefined> {
    const { client } = this.options;
    try {
      return await createOnce(client, 'pods', pod);
    } catch (error) {
      if (error instanceof DeskhandError) await Promise.allSettled(secrets.map((secret) => client.delete('secrets', nameOf(secret))));
      throw error;
    }
  }

  #agentOf(target: DesktopRun): AgentTarget {
    const pod = this.#view.desktopOf(target);
    const endpoint = pod && observePod(pod).endpoint;
    if (!endpoint) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The desktop does not listen yet.');
    return { ...target, endpoint, secret: this.options.secretOf(target) };
  }

  #changed(desktop?: string): void {
    const changed = desktop === undefined ? new Set(this.#view.runs().map((run) => run.desktop)) : [desktop];
    for (const id of changed) for (const listener of this.#listeners) listener(id);
  }
}

const nameOf = ({ metadata }: KubernetesObject): string => metadata?.name ?? '';

const unlessGone = (deleted: Promise<unknown>): Promise<unknown> =>
  deleted.catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
