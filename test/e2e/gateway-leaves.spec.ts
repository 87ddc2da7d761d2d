/** A gateway goes, as in a rolling update or a restart: what the person at the desktop sees of it, and that the desktop sees nothing. */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { countPixels, LAST_FRAME, openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { Replicas, type ServerProcess } from '../support/replicas.js';

/** The colours of test/e2e/applications/pattern.desktop. */
const PATTERN = ['#12a0c8', '#f0b400'];
const WORKERS = 2;

vi.setConfig({ testTimeout: 90_000, hookTimeout: 120_000 });

let replicas: Replicas;
let gateway: ServerProcess;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  replicas = await Replicas.make({ replicas: 1 });
  const [api] = replicas.apis;
  await api!.start();
  gateway = replicas.gateway;
  await gateway.start({ WORKERS: String(WORKERS) });
  browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(gateway.url);
  await page.getByLabel('User name').fill('fry');
  await page.getByLabel('Password', { exact: true }).fill('fry');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await state('connected').waitFor();
  await page.keyboard.press('Control+Alt+Space');
  await page.getByRole('combobox', { name: 'Search applications' }).fill('patt');
  await page.keyboard.press('Enter');
  await patternShown();
  await running('Pattern').waitFor();
});
afterAll(async () => {
  await browser?.close();
  await replicas?.dispose();
});

const state = (name: string) => page.locator(`[data-state="${name}"]`);
const running = (name: string) => page.locator('[data-dock-item]').and(page.getByRole('button', { name: `${name}, running`, exact: true }));
const patternShown = () =>
  eventually(async () => {
    const { counts } = await countPixels(page, PATTERN);
    expect(Math.min(...counts)).toBeGreaterThan(5_000);
  });
/** Everything that runs on desktops of ours: who is the same later was not touched. */
const desktopProcesses = () =>
  replicas
    .processes()
    .map(({ pid, command }) => `${pid} ${command}`)
    .sort();
const screenshot = async (name: string): Promise<void> => {
  if (process.env.DESKHAND_SCREENSHOTS) await page.screenshot({ path: join(process.env.DESKHAND_SCREENSHOTS, `${name}.png`) });
};

/** Writes down, in the page, when it went from which state to which. As text: the page's own types are unknown here. */
const watchStates = () =>
  page.evaluate(`{
    const shown = document.querySelector('[data-state]');
    globalThis.states = [];
    new MutationObserver(() => globalThis.states.push({ state: shown.dataset.state, at: performance.now() }))
      .observe(shown, { attributes: true, attributeFilter: ['data-state'] });
  }`);
const states = () => page.evaluate<{ state: string; at: number }[]>('globalThis.states');

describe('a gateway that leaves while another is there', () => {
  it('is followed by the page within two seconds, and nothing on the desktop notices', async () => {
    const before = desktopProcesses();
    const next = await replicas.startAnotherGateway(WORKERS);
    await watchStates();
    expect(await gateway.end('SIGTERM')).toBe(0);
    await eventually(async () => expect((await states()).at(-1)).toMatchObject({ state: 'connected' }));
    const seen = await states();
    expect(seen[0]).toMatchObject({ state: 'reconnecting' });
    expect(seen.at(-1)!.at - seen[0]!.at).toBeLessThan(2_000);
    await patternShown();
    await running('Pattern').waitFor();
    // What it says of a desktop's windows comes by another line, which is back as well.
    await page.keyboard.press('Control+Alt+Space');
    await page.getByRole('combobox', { name: 'Search applications' }).fill('term');
    await page.keyboard.press('Enter');
    await running('Terminal').waitFor();
    expect(desktopProcesses()).toEqual(expect.arrayContaining(before));
    gateway = next;
  });
});

describe('a gateway that is away for a while', () => {
  it('leaves the last frame and a calm word; the page is back by itself, on the same desktop', async () => {
    const before = desktopProcesses();
    await gateway.end('SIGTERM');
    await page.getByRole('heading', { name: 'Connection lost' }).waitFor();
    await page.getByText('Your desktop keeps running. Connecting again by itself.').waitFor();
    await page.getByText(/Next try in \d+ s|Trying/).waitFor();
    const { counts } = await countPixels(page, PATTERN, LAST_FRAME);
    expect(Math.min(...counts)).toBeGreaterThan(5_000);
    await screenshot('gateway-away');
    gateway = await replicas.startAnotherGateway(WORKERS);
    await state('connected').waitFor();
    await patternShown();
    expect(await page.getByRole('heading', { name: 'Connection lost' }).count()).toBe(0);
    expect(desktopProcesses()).toEqual(expect.arrayContaining(before));
  });
});
