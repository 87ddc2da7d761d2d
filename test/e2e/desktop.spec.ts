/** A person's day in a real browser: log in, watch the desktop start, work, lose the server, come back, log off. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { countPixels, openBrowser, readClipboard, writeClipboard } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { markedProcesses } from '../support/processes.js';
import { StandaloneServer } from '../support/standalone.js';

/** The colours of test/e2e/applications/pattern.desktop. */
const PATTERN = ['#12a0c8', '#f0b400'];

vi.setConfig({ testTimeout: 120_000 });

let server: StandaloneServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;

const open = async (): Promise<Page> => {
  const opened = await context.newPage();
  opened.setDefaultTimeout(30_000);
  await opened.goto(server.url);
  return opened;
};
const logIn = async (name: string, on = page): Promise<void> => {
  await on.getByLabel('User name').fill(name);
  await on.getByLabel('Password', { exact: true }).fill(name);
  await on.getByRole('button', { name: 'Log in', exact: true }).click();
};
const connected = (on = page) => on.locator('[data-state="connected"]').waitFor();
const patternShown = (on = page) =>
  eventually(async () => {
    const { counts } = await countPixels(on, PATTERN);
    expect(Math.min(...counts)).toBeGreaterThan(5_000);
  });
const dock = (name: string) => page.locator('[data-dock-item]').and(page.getByRole('button', { name, exact: true }));
/** Into the terminal, which test/e2e/applications/terminal.desktop puts into the upper left corner. */
const type = async (text: string): Promise<void> => {
  await page.locator('canvas').click({ position: { x: 200, y: 120 } });
  await page.keyboard.type(text, { delay: 5 });
};
const serious = async (on: Page): Promise<readonly string[]> => {
  const { violations } = await new AxeBuilder({ page: on }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
};

beforeAll(async () => {
  server = await StandaloneServer.make({ installation: { name: 'Planet <Express> & Co' } });
  await server.start();
  browser = await openBrowser();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  page = await open();
});
afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

describe('a day on the desktop', () => {
  it('begins with a page that names the ways to log in, and anybody can use', async () => {
    await page.getByLabel('User name').waitFor();
    expect(await page.title()).toBe('Log in · Planet <Express> & Co');
    expect(await page.getByText('Planet <Express> & Co', { exact: true }).isVisible()).toBe(true);
    await page.getByRole('button', { name: /without an account|Anonymous/ }).waitFor();
    expect(await page.getByText('Demo accounts').isVisible()).toBe(true);
    expect(await serious(page)).toStrictEqual([]);
  });

  it('says that a password is wrong and keeps what was typed', async () => {
    await page.getByLabel('User name').fill('fry');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByText(/name or the password is wrong/i).waitFor();
    expect(await page.getByLabel('User name').inputValue()).toBe('fry');
  });

  it('leads from the click to a desktop that shows what a program draws', async () => {
    await logIn('fry');
    await connected();
    await page.keyboard.press('Control+Alt+Space');
    await page.getByRole('combobox', { name: 'Search applications' }).fill('patt');
    await page.keyboard.press('Enter');
    await patternShown();
    expect(await serious(page)).toStrictEqual([]);
  });

  it('starts an application from the dock and takes what is typed into it, without a click between', async () => {
    await dock('Terminal').click();
    await dock('Terminal, running').waitFor();
    const typed = join(server.home(), 'typed.txt');
    await eventually(async () => {
      await page.keyboard.type(`echo "hello from the browser" > ${typed}\n`, { delay: 5 });
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(existsSync(typed) && readFileSync(typed, 'utf8')).toContain('hello from the browser');
    });
  });

  it('carries text of any language through the clipboard, both ways', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url });
    const pasted = join(server.home(), 'pasted.txt');
    const out = join(server.home(), 'out.txt');
    writeFileSync(out, 'Grüße, 世界 😀');
    await type(`xclip -selection clipboard ${out}\n`);
    await eventually(async () => expect(await readClipboard(page)).toBe('Grüße, 世界 😀'));
    await writeClipboard(page, 'naïve – ça va ? 日本');
    await eventually(async () => {
      await type(`xclip -o -selection clipboard > ${pasted}\n`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(existsSync(pasted) && readFileSync(pasted, 'utf8')).toBe('naïve – ça va ? 日本');
    });
  });

  it('resizes with the window', async () => {
    await page.setViewportSize({ width: 1024, height: 700 });
    await eventually(async () => expect(await countPixels(page, PATTERN)).toMatchObject({ width: 1024, height: 700 }));
    await page.setViewportSize({ width: 1280, height: 800 });
    await eventually(async () => expect(await countPixels(page, PATTERN)).toMatchObject({ width: 1280, height: 800 }));
  });

  it('comes back by itself after the server was killed, to the same windows', async () => {
    await server.end('SIGKILL');
    await page.locator('[data-state="reconnecting"]').waitFor();
    await server.start();
    await connected();
    await patternShown();
  });

  it('is the same desktop in a second browser, of the size of whoever works', async () => {
    const elsewhere = await browser.newContext({ viewport: { width: 1000, height: 700 }, locale: 'en-GB' });
    const second = await elsewhere.newPage();
    await second.goto(server.url);
    await logIn('fry', second);
    await connected(second);
    await patternShown(second);
    await eventually(async () => expect(await countPixels(page, PATTERN)).toMatchObject({ width: 1000, height: 700 }));
    await elsewhere.close();
    await eventually(async () => {
      await page.keyboard.press('Shift');
      expect(await countPixels(page, PATTERN)).toMatchObject({ width: 1280, height: 800 });
    });
  });

  it('waits while nobody is connected, and is resumed', async () => {
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Disconnect' }).click();
    await page.getByRole('button', { name: 'Connect again' }).click();
    await connected();
    await patternShown();
  });

  it('ends with log off, and leaves no process', async () => {
    await page.getByRole('button', { name: /^Menu of/ }).click();
    await page.getByRole('menuitem', { name: 'Log off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Log off' }).click();
    await page.getByLabel('User name').waitFor();
    const desktop = basename(server.home());
    await eventually(() => expect(markedProcesses().filter(({ marker }) => marker.startsWith(desktop))).toStrictEqual([]));
  });
});
