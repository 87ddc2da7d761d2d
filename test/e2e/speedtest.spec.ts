/** The speed test as a person meets it: the built page in Chromium, against the gateway itself. */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { openBrowser } from '../support/browser.js';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

let rig: GatewayRig;
let browser: Browser;
beforeAll(async () => {
  rig = await startGatewayRig((_, response) => response.writeHead(401).end(), {
    website: { folder: join(projectFolder(), 'dist/website') },
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await rig?.close();
});

async function open(locale: string, viewport = { width: 1440, height: 900 }): Promise<Page> {
  const page = await (await browser.newContext({ locale, viewport })).newPage();
  await page.goto(`http://127.0.0.1:${rig.port}/speedtest`);
  return page;
}

const figure = async (page: Page, name: string) =>
  Number((await page.locator('dl > div', { hasText: name }).locator('dd span').first().textContent())?.replaceAll(/[\s,]/g, ''));

describe('the speed test', () => {
  it('measures all four, draws while it does, and can be used by anybody', async () => {
    const page = await open('en-GB');
    await page.getByRole('button', { name: 'Start' }).click();
    await expect.poll(() => page.locator('svg polyline').count(), { timeout: 15_000 }).toBe(1);
    await expect.poll(() => figure(page, 'Download')).toBeGreaterThan(0);
    await page.locator('[data-state="done"]').waitFor({ timeout: 60_000 });
    for (const name of ['Download', 'Upload', 'Ping']) expect(await figure(page, name)).toBeGreaterThan(0);
    expect(await figure(page, 'Jitter')).toBeGreaterThanOrEqual(0);
    expect(await page.locator('svg polyline').count()).toBe(2);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    if (process.env.DESKHAND_SCREENSHOTS) await page.screenshot({ path: join(process.env.DESKHAND_SCREENSHOTS, 'speedtest.png') });
  }, 90_000);

  it('speaks French, fits a telephone, and stops when it is told to', async () => {
    const page = await open('fr-FR', { width: 390, height: 844 });
    await page.getByRole('button', { name: 'Démarrer' }).click();
    await expect.poll(() => page.locator('svg polyline').count(), { timeout: 15_000 }).toBe(1);
    if (process.env.DESKHAND_SCREENSHOTS) await page.screenshot({ path: join(process.env.DESKHAND_SCREENSHOTS, 'speedtest-fr.png') });
    await page.getByRole('button', { name: 'Arrêter' }).click();
    await page.locator('[data-state="stopped"]').waitFor();
    expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  }, 60_000);

  it('says that it broke off where the server has gone', async () => {
    const page = await open('en-GB');
    await page.route('**/speedtest/empty**', (route) => route.abort());
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('[data-state="failed"]').waitFor();
  });
});
