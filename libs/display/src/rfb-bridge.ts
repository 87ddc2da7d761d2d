/** Carries RFB between a browser's WebSocket and the X server's socket; whichever side is slow slows the other, and nothing piles up. */
import type { Socket } from 'node:net';
import type { RawData, WebSocket } from 'ws';
import { type RfbInputFilter, RfbViolation } from './rfb-input-filter.js';
import { pingWhileOpen } from './web-socket-pings.js';

/** Bytes that may wait for a slow browser before the X server is left waiting. */
const HIGH_WATER = 512 * 1024;

/** WebSocket close codes (RFC 6455, section 7.4.1). */
const PROTOCOL_ERROR = 1002;
const UNSUPPORTED_DATA = 1003;
const INTERNAL_ERROR = 1011;

/** Runs until either side ends; both are closed then. */
export function bridge(browser: WebSocket, display: Socket, filter: RfbInputFilter): void {
  // While the browser is not read, its pongs are not read either.
  const pings = pingWhileOpen(browser, () => browser.isPaused);
  const refuse = (code: number, reason: string): void => {
    browser.close(code, reason);
    display.destroy();
  };

  display.on('data', (chunk: Buffer) => {
    browser.send(chunk, (error) => {
      if (error) return;
      // Bytes that leave show a slow browser to be alive, whose pong is still behind them.
      pings.heard();
      if (display.isPaused() && browser.bufferedAmount < HIGH_WATER / 2) display.resume();
    });
    if (browser.bufferedAmount > HIGH_WATER) display.pause();
  });
  display.on('drain', () => browser.resume());
  display.on('error', () => {});
  display.on('close', () => {
    browser.close(INTERNAL_ERROR, 'The display closed the connection.');
    // Nothing drains any more, and the answer to the close frame has to be read.
    browser.resume();
  });

  browser.on('message', (data: RawData, isBinary: boolean) => {
    pings.heard();
    // A browser goes on sending until it reads that it was refused.
    if (display.destroyed) return;
    if (!isBinary) return refuse(UNSUPPORTED_DATA, 'Only binary frames are understood.');
    try {
      for (const piece of filter.push(data as Buffer)) if (!display.write(piece)) browser.pause();
    } catch (error) {
      if (!(error instanceof RfbViolation)) throw error;
      refuse(PROTOCOL_ERROR, error.message);
    }
  });
  browser.on('error', () => {});

  browser.on('close', () => {
    display.destroy();
  });
}
