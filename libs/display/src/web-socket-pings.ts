/**
 * Pings a browser, so that no proxy in between takes the line for idle, and hangs up on one that answers nothing: a peer that is gone
 * is known to be within twice this time. TCP's own probes would not do, for they are silent while data waits to be acknowledged.
 */
import type { WebSocket } from 'ws';

const PING_MS = 12_000;

export interface Pings {
  /** Something came from the other side, or left for it: it lives. */
  heard(): void;
}

/** @param isDeaf whether we do not read just now, so that no answer could be heard either */
export function pingWhileOpen(socket: WebSocket, isDeaf: () => boolean = () => false, everyMs = PING_MS): Pings {
  let isAlive = true;
  const heard = (): void => {
    isAlive = true;
  };
  const timer = setInterval(() => {
    if (!isAlive && !isDeaf()) return socket.terminate();
    // What was not read cannot have been answered: time counts from when it is read again.
    isAlive = isDeaf();
    socket.ping();
  }, everyMs);
  socket.on('pong', heard);
  socket.once('close', () => clearInterval(timer));
  return { heard };
}
