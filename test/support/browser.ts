/** A real Chromium for tests: the distribution's own, started without anything that calls home. */
import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function findChromium(): string | undefined {
  return process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));
}

export async function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is not installed: these tests need it.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Pattern {
  readonly width: number;
  readonly height: number;
  /** How many pixels of the canvas have each of the asked colours. */
  readonly counts: readonly number[];
}

/** The canvas of a connection that was lost, with its last frame. */
export const LAST_FRAME = '[aria-hidden="true"] > canvas';

/** Counts the pixels of a canvas that have exactly these colours (`#rrggbb`). @param place the canvas; by default the display's */
export function countPixels(page: Page, colours: readonly string[], place = '[data-testid="display"] canvas'): Promise<Pattern> {
  return page.evaluate(
    ([wanted, selector]) => {
      // This runs in the page, which this project's server types know nothing of.
      // biome-ignore lint/suspicious/noExplicitAny: see above
      const { document } = globalThis as any;
      const canvas = document.querySelector(selector);
      if (!canvas) return { width: 0, height: 0, counts: wanted.map(() => 0) };
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      const keys = wanted.map((colour) => Number.parseInt(colour.slice(1), 16));
      const counts = wanted.map(() => 0);
      for (let at = 0; at < data.length; at += 4) {
        const index = keys.indexOf((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
        if (index >= 0) counts[index] = (counts[index] ?? 0) + 1;
      }
      return { width, height, counts };
    },
    [colours, place] as const,
  );
}

// As text: they run in the page, which this project's server types know nothing of.
export const readClipboard = (page: Page): Promise<string> => page.evaluate<string>('navigator.clipboard.readText()');

/** As a person does it elsewhere and then comes back: the page takes the clipboard over when it gets the focus. */
export async function writeClipboard(page: Page, text: string): Promise<void> {
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
  await page.evaluate("window.dispatchEvent(new Event('focus'))");
}
