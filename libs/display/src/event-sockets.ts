/** Tells browsers what happens on the desktop. */
import type { WebSocket } from 'ws';
import { DeskhandError } from '#libs/common';
import type { DesktopEvent } from './agent-status.js';
import { pingWhileOpen } from './web-socket-pings.js';

const MAX_SOCKETS = 64;
/** Whoever has so many bytes waiting does not read. */
const HIGH_WATER = 1024 * 1024;

export class EventSockets {
  readonly #sockets = new Set<WebSocket>();
  readonly #greeting: () => readonly DesktopEvent[];

  /** @param greeting what a newcomer needs to know */
  constructor(greeting: () => readonly DesktopEvent[]) {
    this.#greeting = greeting;
  }

  /** @throws DeskhandError `TOO_MANY_CONNECTIONS` */
  checkRoom(): void {
    if (this.#sockets.size >= MAX_SOCKETS) throw new DeskhandError('TOO_MANY_CONNECTIONS', undefined, { retryAfter: 5 });
  }

  add(socket: WebSocket): void {
    this.#sockets.add(socket);
    pingWhileOpen(socket);
    socket.on('error', () => {});
    // Nobody has anything to say here; what is said anyway is read and forgotten, so that pongs come through.
    socket.on('message', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    for (const event of this.#greeting()) socket.send(JSON.stringify(event));
  }

  send(event: DesktopEvent): void {
    if (this.#sockets.size === 0) return;
    const text = JSON.stringify(event);
    for (const socket of this.#sockets) {
      if (socket.bufferedAmount > HIGH_WATER) socket.terminate();
      else socket.send(text);
    }
  }

  end(): void {
    for (const socket of this.#sockets) socket.close(1001, 'The desktop ends.');
  }
}
