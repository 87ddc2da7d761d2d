/** In a real browser: from the button of a provider to its own pages on another site and back, with each provider, and what is said when that fails. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { PEOPLE } from '../support/oauth-desk.js';
import { OAuthRig } from '../support/oauth-rig.js';
import { StandaloneServer } from '../support/standalone.js';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const SERVICES = ['google', 'facebook', 'orange', 'openid'] as const;

let rig: OAuthRig;
let server: StandaloneServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  server = await StandaloneServer.make(async (url) => {
    rig = await OAuthRig.start(url, 'localhost');
    const providers = SERVICES.map((service) => rig.settings(service));
    return { http: { publicUrl: url }, identity: { providers } };
  });
  for (const [name, claims] of Object.entries({ ...PEOPLE, zoidberg: { name: 'John A. Zoidberg' } })) rig.people.set(name, claims);
  await server.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.dispose();
  await rig?.stop();
});
beforeEach(async () => {
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(server.url);
});
afterEach(() => context.close());

const button = (name: string) => page.getByRole('link', { name: `Continue with ${name}` });
const title = (service: string) => `${service[0]?.toUpperCase()}${service.slice(1)}`;

async function goTo(service: string): Promise<void> {
  await button(title(service)).click();
  await page.waitForURL((url) => url.origin === rig.url && url.pathname.startsWith('/interaction/'));
}
async function signInThere(login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('anything');
  await page.locator('button[type=submit]').click();
  await page.locator('input[name=prompt][value=consent]').waitFor({ state: 'attached' });
  await page.locator('button[type=submit]').click();
}
/** As text: it runs in the page, which this project's server types know nothing of. */
const me = () => page.evaluate<{ name: string; provider: string }>("fetch('/api/v1/me').then((answer) => answer.json())");

describe('a person who logs in elsewhere', () => {
  it.each(SERVICES)('comes back from %s to a desktop of their own, and stays logged in', async (service) => {
    await goTo(service);
    await signInThere('fry');
    await page.waitForURL(`${server.url}/`);
    await page.getByText('Starting your desktop').waitFor();
    expect(await me()).toMatchObject({ name: 'Philip J. Fry', provider: service });
    const cookies = await context.cookies(`${server.url}/api/v1/auth/oauth/${service}`);
    expect(cookies.map(({ name, sameSite, httpOnly }) => [name, sameSite, httpOnly]).sort()).toStrictEqual([
      ['deskhand-refresh', 'Strict', true],
      ['deskhand-user', 'Strict', true],
    ]);
    await page.evaluate(
      "fetch('/api/v1/auth/logout', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ stopDesktop: true }) })",
    );
  });

  it('who begins by another name of the server comes back to the one that the provider knows', async () => {
    await page.goto(server.url.replace('127.0.0.1', 'localhost'));
    await goTo('google');
    await signInThere('leela');
    await page.waitForURL(`${server.url}/`);
    await page.getByText('Starting your desktop').waitFor();
    expect(await me()).toMatchObject({ name: 'Turanga Leela', provider: 'google' });
  });

  it('is told when the account may not come in, and can choose again', async () => {
    await goTo('google');
    await signInThere('zoidberg');
    await page.getByText('This account may not use this installation.').waitFor();
    expect(new URL(page.url()).search).toBe('');
    expect(await button('Google').isVisible()).toBe(true);
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id }) => id)).toStrictEqual([]);
    await page.reload();
    await button('Google').waitFor();
    expect(await page.getByText('This account may not use this installation.').isVisible()).toBe(false);
  });

  it('is told that it was cancelled', async () => {
    await goTo('orange');
    await page.getByRole('link', { name: /Cancel/ }).click();
    await page.getByText('The login was cancelled.').waitFor();
  });

  it('is told when the provider does not answer, with a code to pass on', async () => {
    await goTo('facebook');
    rig.tamper = (path, context) => {
      if (path === '/token') context.status = 503;
    };
    await signInThere('fry');
    await page.getByText('The login service does not answer.').waitFor();
    expect(await page.getByText(/^PROVIDER_UNAVAILABLE [\w-]+$/).isVisible()).toBe(true);
    rig.tamper = undefined;
  });

  it('never meets words of a stranger on the page', async () => {
    await page.goto(`${server.url}/?failed=${encodeURIComponent('Call +33 899 and pay')}&provider=google`);
    await page.getByText('The server gave an answer that makes no sense here.').waitFor();
    expect(await page.getByText('Call +33').count()).toBe(0);
  });

  it('finds a mark on each button', async () => {
    await button('Google').waitFor();
    const marks = await page
      .locator('[data-mark]')
      .evaluateAll((found) => found.map((one) => (one as unknown as { dataset: { mark: string } }).dataset.mark));
    expect([...marks].sort()).toStrictEqual([...SERVICES].sort());
  });

  it('leaves no code and no token in the log', async () => {
    expect(rig.secrets.length).toBeGreaterThan(8);
    const told = rig.secrets.filter((secret) => secret.length > 20 && server.output.includes(secret));
    expect(told).toStrictEqual([]);
    expect(server.output).not.toMatch(/[?&](code|state)=/);
  });
});
