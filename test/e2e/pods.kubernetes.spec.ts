/** The same day in a real browser with desktops that are pods: log in, watch, work with applications of both kinds, lose the server, log off. */
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { findCluster, makeVolume } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { HttpClient } from '../support/http-client.js';
import { KubernetesRig } from '../support/kubernetes-rig.js';
import { StandaloneServer } from '../support/standalone.js';

vi.setConfig({ testTimeout: 120_000 });

describe.skipIf(!findCluster())('a day on a pod', () => {
  let rig: KubernetesRig;
  let server: StandaloneServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    rig = await KubernetesRig.make('day');
    await makeVolume(rig.cluster, rig.namespace);
    const home = { kind: 'persistentVolumeClaim', storageClassName: rig.namespace };
    const applicationRequests = { cpu: '10m', memory: '64Mi' };
    server = await StandaloneServer.make({
      runtime: rig.runtimeSettings({ home, applicationRequests, limits: { cpu: '2', memory: '2Gi' }, shm: '512Mi' }),
      catalogue: { images: [rig.cluster.inspect] },
    });
    await server.start();
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(server.url);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
    await rig?.dispose();
  });

  const connected = () => page.locator('[data-state="connected"]').waitFor();
  const dock = (name: string) => page.locator('[data-dock-item]').and(page.getByRole('button', { name, exact: true }));
  const pods = async (component: string): Promise<string[]> =>
    (await rig.kubectl('get', 'pods', '-l', `app.kubernetes.io/component=${component}`, '-o', 'name')).trim().split('\n').filter(Boolean);
  const inDesktop = async (script: string): Promise<string> => {
    const [pod = ''] = await pods('desktop');
    return rig.kubectl('exec', pod, '-c', 'desktop', '--', 'sh', '-c', script);
  };
  const launch = async (search: string): Promise<void> => {
    await page.keyboard.press('Control+Alt+Space');
    await page.getByRole('combobox', { name: 'Search applications' }).fill(search);
    await page.keyboard.press('Enter');
  };
  /** A second client of the same user. */
  const second = async (): Promise<HttpClient> => {
    const client = new HttpClient(server.url);
    await client.logIn('fry');
    return client;
  };
  /** Of the windows on the desktop. */
  const titles = async (): Promise<string[]> => {
    const client = await second();
    const { id } = await client.readyDesktop();
    const headers = { authorization: `Bearer ${await client.desktopToken(id)}` };
    const { body } = await client.call('GET', `/d/${id}/windows`, undefined, headers);
    return body.items.map(({ title }: { title: string }) => title);
  };
  /** For people who look at what the test sees. */
  const picture = async (name: string): Promise<void> => {
    const folder = process.env.DESKHAND_TEST_PICTURES;
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
  };

  it('leads from the click to the desktop, and says meanwhile what it waits for', async () => {
    await page.getByLabel('User name').fill('fry');
    await page.getByLabel('Password', { exact: true }).fill('fry');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await connected();
    expect(await pods('desktop')).toHaveLength(1);
    const { id } = await (await second()).readyDesktop();
    const { body } = await (await second()).call('GET', `/api/v1/desktops/${id}/progress`);
    expect(body).toMatch(/"requested"[\s\S]*"scheduled"[\s\S]*"image"[\s\S]*"display"[\s\S]*"ready"/);
    await picture('desktop');
  });

  it('starts an application as an ephemeral container and takes what is typed into it', async () => {
    await launch('terminal');
    await dock('Terminal, running').waitFor();
    await eventually(async () => {
      await page.keyboard.type('echo "hello from the browser" > ~/typed.txt\n', { delay: 5 });
      expect(await inDesktop('cat ~/typed.txt')).toContain('hello from the browser');
    });
    const [pod = ''] = await pods('desktop');
    expect(await rig.get(pod)).toMatchObject({
      spec: { ephemeralContainers: [{ image: rig.cluster.images.terminal, targetContainerName: 'desktop' }] },
    });
    await picture('terminal');
  });

  it('starts an application as a pod of its own, which has the same files', async () => {
    await launch('text editor');
    await dock('Text editor, running').waitFor();
    expect(await pods('application')).toHaveLength(1);
    // The window manager's own addition, the machine's name, is not part of it.
    await eventually(async () => expect(await titles()).toContain('Untitled 1 - Mousepad'));
    await picture('editor');
    const [pod = ''] = await pods('application');
    expect(await rig.kubectl('exec', pod, '--', 'cat', '/home/user/typed.txt')).toContain('hello from the browser');
  });

  it('opens a browser of the web', async () => {
    await launch('web browser');
    await eventually(async () => expect(await titles()).toContainEqual(expect.stringMatching(/Firefox|Mozilla/)));
    await picture('browser');
  });

  it('comes back by itself after the server was killed, to the same windows', async () => {
    await server.end('SIGKILL');
    await page.locator('[data-state="reconnecting"]').waitFor();
    await server.start();
    await connected();
    await dock('Terminal, running').waitFor();
    expect(await pods('desktop')).toHaveLength(1);
  });

  it('ends with the user, who leaves nothing but their files', async () => {
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Log off' }).click();
    await page
      .getByRole('button', { name: /Log off/ })
      .last()
      .click();
    await page.getByLabel('User name').waitFor();
    await eventually(async () =>
      expect(await rig.kubectl('get', 'pods,secrets,networkpolicies', '-l', 'deskhand.io/run', '-o', 'name')).toBe(''),
    );
    expect(await rig.kubectl('get', 'persistentvolumeclaims', '-o', 'name')).toMatch(/home/);
  });
});
