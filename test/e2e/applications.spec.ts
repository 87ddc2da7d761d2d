/** Applications as somebody uses them from the dock: quit with care, and typed into from a phone. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openBrowser } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { StandaloneServer } from '../support/standalone.js';

vi.setConfig({ testTimeout: 120_000 });

const DESK: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, locale: 'en-GB' };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 844 }, locale: 'en-GB', hasTouch: true, isMobile: true };

let server: StandaloneServer;
let browser: Browser;

/** Somebody's desktop in a browser of their own. */
const work = async (how: BrowserContextOptions): Promise<Page> => {
  const page = await (await browser.newContext(how)).newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(server.url);
  await page.getByLabel('User name').fill('fry');
  await page.getByLabel('Password', { exact: true }).fill('fry');
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await page.locator('[data-state="connected"]').waitFor();
  return page;
};
const dock = (page: Page, name: string) => page.locator('[data-dock-item]').and(page.getByRole('button', { name, exact: true }));
const launch = async (page: Page, name: string) => {
  await page.keyboard.press('Control+Alt+Space');
  await page.getByRole('combobox', { name: 'Search applications' }).fill(name);
  await page.keyboard.press('Enter');
  await dock(page, `${name}, running`).waitFor();
};
/** Until its window is there: only then is there anything to close. */
const shown = async (page: Page, name: string) => {
  await eventually(async () => {
    await dock(page, `${name}, running`).click({ button: 'right' });
    const close = page.getByRole('menuitem', { name: 'Close window' });
    const isThere = await close.isVisible();
    await page.keyboard.press('Escape');
    expect(isThere).toBe(true);
  });
};
const quit = async (page: Page, name: string) => {
  await dock(page, `${name}, running`).click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Quit' }).click();
};

beforeAll(async () => {
  server = await StandaloneServer.make();
  await server.start();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.dispose();
});

describe('an application that is quit', () => {
  let page: Page;
  beforeAll(async () => {
    page = await work(DESK);
  });
  afterAll(() => page.context().close());

  it('ends when its window closes', async () => {
    await launch(page, 'Pattern');
    await shown(page, 'Pattern');
    await quit(page, 'Pattern');
    await dock(page, 'Pattern, running').waitFor({ state: 'detached' });
    expect(await page.getByText('Pattern is still open').count()).toBe(0);
  });

  it('keeps a window that does not close, and ends when somebody says so', async () => {
    await launch(page, 'Stubborn');
    await shown(page, 'Stubborn');
    await quit(page, 'Stubborn');
    await page.getByText('Stubborn is still open').waitFor();
    await shown(page, 'Stubborn');

    await page.getByRole('button', { name: 'End it anyway' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Leave it open' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await shown(page, 'Stubborn');

    await quit(page, 'Stubborn');
    await page.getByRole('button', { name: 'End it anyway' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it', exact: true }).click();
    await dock(page, 'Stubborn, running').waitFor({ state: 'detached' });
  });
});

describe('the dock', () => {
  it('makes room for a window that takes the whole screen, and comes to a pointer at the edge', async () => {
    const page = await work(DESK);
    await launch(page, 'Terminal');
    await shown(page, 'Terminal');
    const isAway = async () => ((await page.getByRole('toolbar').boundingBox())?.y ?? 0) >= 800;
    /** On its title, which test/e2e/applications/terminal.desktop puts there. */
    const toggle = async (x: number, y: number, away: boolean) => {
      await page.mouse.dblclick(x, y);
      await eventually(async () => expect(await isAway()).toBe(away));
    };
    await toggle(200, 30, true);
    await page.mouse.move(640, 798);
    await eventually(async () => expect(await isAway()).toBe(false));
    await page.mouse.move(640, 400);
    await eventually(async () => expect(await isAway()).toBe(true));
    await toggle(640, 8, false);
    await quit(page, 'Terminal');
    await dock(page, 'Terminal').waitFor();
    await page.context().close();
  });
});

describe('on a phone', () => {
  it('the keyboard is a button away, and types on the desktop', async () => {
    const page = await work(PHONE);
    await launch(page, 'Terminal');
    await shown(page, 'Terminal');
    await page.touchscreen.tap(200, 120);
    const keyboard = dock(page, 'Keyboard');
    await keyboard.tap();
    await page.locator('textarea:focus').waitFor({ state: 'attached' });
    expect(await keyboard.getAttribute('aria-pressed')).toBe('true');
    // As screens do: text comes without keys, and what was wrong is taken back.
    const typed = join(server.home(), 'typed.txt');
    await page.keyboard.insertText('echo  "från en telefom');
    await page.keyboard.press('Backspace');
    await page.keyboard.insertText(`n" > ${typed}`);
    await page.keyboard.insertText('\n');
    await eventually(() => expect(existsSync(typed) && readFileSync(typed, 'utf8')).toBe('från en telefon\n'));

    // Keys that screens lack: an arrow is seen by a program that Ctrl+D ends, once, for Ctrl is let go of with the letter.
    await page.keyboard.insertText(`cat -v > ${typed}\n`);
    await page.getByRole('button', { name: 'Up', exact: true }).tap();
    await page.keyboard.insertText('\n');
    const control = page.getByRole('button', { name: 'Ctrl', exact: true });
    await control.tap();
    expect(await control.getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.insertText('d');
    expect(await control.getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.insertText(`echo d >> ${typed}\n`);
    await eventually(() => expect(readFileSync(typed, 'utf8')).toBe('^[[A\nd\n'));

    // A tap on the desktop is a click there, not the end of typing.
    await page.touchscreen.tap(200, 120);
    expect(await keyboard.getAttribute('aria-pressed')).toBe('true');
    await keyboard.tap();
    expect(await keyboard.getAttribute('aria-pressed')).toBe('false');
    await page.context().close();
  });

  it('there is no such button where there are keys', async () => {
    const page = await work(DESK);
    await dock(page, 'Terminal, running').waitFor();
    expect(await dock(page, 'Keyboard').count()).toBe(0);
    await page.context().close();
  });
});
