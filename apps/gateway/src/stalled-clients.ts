/**
 * Finds clients that take nothing of what waits for them: each holds a connection, and what it was to get, for as long as nobody looks. All of them are
 * looked at from time to time, so that neither a connection nor a byte costs anything for it.
 */
import type { Socket } from 'node:net';
import { unsentBytes } from './desktop/take-over.js';

/** How far a connection is that something waits for; two looks that see the same have seen nothing being taken. */
interface Progress {
  /** Bytes of all writes that are done. */
  readonly written: number;
  /** Bytes of the write under way that the kernel has not taken yet: one write may be a whole file. */
  readonly unsent: number;
}

export class StalledClients {
  /** Those that something waited for at the last look. */
  #waiting = new Map<Socket, Progress>();

  /** Cuts off who has taken nothing since the last look although something waited already then. */
  look(sockets: Iterable<Socket>): void {
    const waiting = new Map<Socket, Progress>();
    for (const socket of sockets) {
      if (socket.writableLength === 0) continue;
      const progress = { written: socket.bytesWritten - socket.writableLength, unsent: unsentBytes(socket) };
      const before = this.#waiting.get(socket);
      if (before?.written === progress.written && before.unsent === progress.unsent) socket.destroy();
      else waiting.set(socket, progress);
    }
    this.#waiting = waiting;
  }
}
