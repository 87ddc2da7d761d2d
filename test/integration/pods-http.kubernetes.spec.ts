/** Applications of a cluster through the API: what the catalogue says of each profile, what becomes of a launch, its log and its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';
import { findCluster, makeVolume } from '../support/cluster.js';
import { newId } from '../support/desktops.js';
import { eventually } from '../support/eventually.js';
import type { Answer, HttpClient } from '../support/http-client.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';

describe.skipIf(!findCluster())('applications of a cluster', () => {
  let rig: KubernetesRig;
  let server: ApiServer | undefined;

  beforeAll(async () => {
    rig = await KubernetesRig.make('http');
  });
  afterEach(async () => {
    await server?.remove();
    server = undefined;
    await rig.kubectl('delete', 'pods,persistentvolumeclaims', '--all');
  });
  afterAll(() => rig.dispose());

  async function someone(home: object, runtime: Record<string, unknown> = {}, images = [rig.cluster.inspect]): Promise<HttpClient> {
    const more = {
      runtime: rig.runtimeSettings({ home, applicationRequests: { cpu: '10m', memory: '32Mi' } }, runtime),
      catalogue: { images },
    };
    server = await ApiServer.start({ more });
    const client = server.client();
    await client.logIn('leela');
    return client;
  }
  /** A volume for claims of a class of this name. */
  const volume = async (): Promise<string> => {
    const name = `${rig.namespace}-${newId().slice(0, 6)}`;
    await makeVolume(rig.cluster, name);
    return name;
  };
  const engines = async (client: HttpClient): Promise<Record<string, string>> => {
    const { body } = await client.call('GET', '/api/v1/applications');
    return Object.fromEntries(body.items.map(({ name, engine }: { name: string; engine: string }) => [name, engine]));
  };
  const until = (client: HttpClient, path: string, status: string): Promise<Answer> =>
    eventually(async () => {
      const answer = await client.call('GET', path);
      expect(answer.body).toMatchObject({ status });
      return answer;
    });

  it('have the engine that the home allows', async () => {
    expect(await engines(await someone({ kind: 'persistentVolumeClaim' }))).toStrictEqual({
      browser: 'ephemeral-container',
      editor: 'pod',
      terminal: 'ephemeral-container',
    });
    await server?.remove();
    expect(await engines(await someone({ kind: 'none' }))).toStrictEqual({
      browser: 'ephemeral-container',
      editor: 'ephemeral-container',
      terminal: 'ephemeral-container',
    });
    await server?.remove();
    expect(await engines(await someone({ kind: 'existingClaim', claim: 'homes' }))).toStrictEqual({
      browser: 'pod',
      editor: 'pod',
      terminal: 'pod',
    });
  });

  it('have an icon of their own', async () => {
    const client = await someone({ kind: 'none' });
    const { body } = await client.call('GET', '/api/v1/applications?query=terminal');
    const icon = await client.call('GET', body.items[0].icon);
    expect(icon.headers.get('content-type')).toContain('image/svg+xml');
    expect(icon.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('start, say what they say, and end, as container and as pod', async () => {
    const client = await someone({ kind: 'persistentVolumeClaim', storageClassName: await volume() });
    const { id } = await client.readyDesktop();
    for (const application of ['terminal', 'editor']) {
      const { status, body } = await client.call('POST', `/api/v1/desktops/${id}/applications`, { application });
      expect(status).toBe(202);
      const path = `/api/v1/desktops/${id}/applications/${body.id}`;
      await until(client, path, 'running');
      expect((await client.call('GET', `${path}/logs`)).status).toBe(200);
      await client.call('DELETE', path);
      await until(client, path, 'exited');
    }
    const applicationPods = () => rig.kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=application', '-o', 'name');
    await eventually(async () => expect(await applicationPods()).toBe(''));
  });

  it('can be asked for what they said when they have ended by themselves', async () => {
    const Config = {
      Labels: { 'oc.type': 'app', 'oc.name': 'speaker', 'oc.containerengine': 'pod_application' },
      Entrypoint: ['/bin/echo', 'last words'],
    };
    writeFileSync(join(rig.folder, 'speaker.json'), JSON.stringify({ RepoTags: [rig.cluster.images.terminal], Config }));
    const client = await someone({ kind: 'persistentVolumeClaim', storageClassName: await volume() }, {}, [rig.folder]);
    const { id } = await client.readyDesktop();
    const { body } = await client.call('POST', `/api/v1/desktops/${id}/applications`, { application: 'speaker' });
    const path = `/api/v1/desktops/${id}/applications/${body.id}`;
    await until(client, path, 'exited');
    expect((await client.call('GET', `${path}/logs`)).body).toBe('last words\n');
  });

  it('open the files that they are given, and nothing that is not one', async () => {
    const client = await someone({ kind: 'none' });
    const { id } = await client.readyDesktop();
    const launch = (application: string, ...given: string[]) =>
      client.call('POST', `/api/v1/desktops/${id}/applications`, { application, arguments: given });
    expect((await launch('terminal', 'notes.txt')).body).toMatchObject({ code: 'INVALID_REQUEST' });
    expect((await launch('editor', '--help')).body).toMatchObject({ code: 'INVALID_REQUEST' });
    const { body } = await launch('editor', '$(reboot).txt');
    await until(client, `/api/v1/desktops/${id}/applications/${body.id}`, 'running');
    const [pod] = (await rig.get<{ items: { spec: { ephemeralContainers: object[] } }[] }>('pods')).items;
    expect(pod?.spec.ephemeralContainers).toMatchObject([{ command: ['/usr/bin/mousepad'], args: ['$$(reboot).txt'] }]);
  });

  it('end with a cause when their image is not there', async () => {
    const Config = { Labels: { 'oc.type': 'app', 'oc.name': 'ghost' }, Entrypoint: ['/bin/true'] };
    writeFileSync(join(rig.folder, 'ghost.json'), JSON.stringify({ RepoTags: ['localhost/deskhand/ghost:1'], Config }));
    const client = await someone({ kind: 'none' }, {}, [rig.folder]);
    const { id } = await client.readyDesktop();
    const { body } = await client.call('POST', `/api/v1/desktops/${id}/applications`, { application: 'ghost' });
    const { body: failed } = await until(client, `/api/v1/desktops/${id}/applications/${body.id}`, 'failed');
    expect(failed).toMatchObject({ cause: 'IMAGE_UNAVAILABLE', detail: expect.stringContaining('ghost:1') });
    expect((await client.call('GET', `/api/v1/desktops/${id}`)).body).toMatchObject({ status: 'ready' });
  });

  it('leave nothing behind when the image of a pod is not there', async () => {
    const Config = {
      Labels: { 'oc.type': 'app', 'oc.name': 'phantom', 'oc.containerengine': 'pod_application' },
      Entrypoint: ['/bin/true'],
    };
    writeFileSync(join(rig.folder, 'phantom.json'), JSON.stringify({ RepoTags: ['localhost/deskhand/phantom:1'], Config }));
    const client = await someone({ kind: 'persistentVolumeClaim', storageClassName: await volume() }, {}, [rig.folder]);
    const { id } = await client.readyDesktop();
    const { body } = await client.call('POST', `/api/v1/desktops/${id}/applications`, { application: 'phantom' });
    const { body: failed } = await until(client, `/api/v1/desktops/${id}/applications/${body.id}`, 'failed');
    expect(failed).toMatchObject({ cause: 'IMAGE_UNAVAILABLE' });
    await eventually(async () =>
      expect(await rig.kubectl('get', 'pods', '-l', 'app.kubernetes.io/component=application', '-o', 'name')).toBe(''),
    );
  });

  it('find what the login made for the user, as files of a Secret that goes with the desktop', async () => {
    const profiles = [{ name: 'standard', displayName: 'Standard', default: true, loginFiles: ['credentials'] }];
    server = await ApiServer.start({ more: { profiles, runtime: rig.runtimeSettings(), catalogue: { images: [rig.cluster.inspect] } } });
    const client = server.client();
    await client.logIn('fry');
    const { id, run } = await client.readyDesktop();
    const seen = await rig.exec({ desktop: id, run }, 'sh', '-c', 'cat /run/deskhand/user/*; stat -c %A -L /run/deskhand/user/*');
    expect(seen).toMatch(/username=fry\npassword=fry[\s\S]*-r--r-----/);
    await client.call('DELETE', `/api/v1/desktops/${id}`);
    await client.untilStatus(id, 'stopped');
    await eventually(async () => expect(await rig.kubectl('get', 'secrets', '-o', 'name')).toBe(''));
  });
});
