/**
 * Gives the connection under an accepted socket to a new socket that reads into buffers of ours. Node offers such reads only where it dials
 * itself; an accepted socket allocates for every read, which costs a third of what a small message costs in all. See docs/adr/0017.
 */
import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';

/** What Node keeps under a socket and does not document. */
interface Handle {
  reading: boolean;
  readStop(): number;
  /** Bytes that the kernel has not taken yet. */
  readonly writeQueueSize?: number;
}

type Undocumented = { _handle?: Handle | null };
type FromHandle = Omit<SocketConstructorOpts, 'handle'> & { handle: Handle; pauseOnCreate: boolean; onread: OnReadOpts };

export interface TakenOver {
  /** Reads nothing until it is resumed. */
  readonly socket: Socket;
  /** What had been read already. */
  readonly early: Buffer;
  /** Whether `onread` is where its bytes come; else they come as `data`. */
  readonly isReused: boolean;
}

const NOTHING = Buffer.alloc(0);

/**
 * @param accepted an upgraded connection of Node's server, of no use to anybody afterwards
 * @returns undefined when the client has gone
 */
export function takeOver(accepted: Socket, onread: OnReadOpts): TakenOver | undefined {
  if (accepted.destroyed) return undefined;
  const early = (accepted.read() as Buffer | null) ?? NOTHING;
  const { _handle: handle } = accepted as Undocumented;
  if (typeof handle?.readStop !== 'function' || typeof handle.reading !== 'boolean') {
    accepted.setTimeout(0);
    accepted.pause();
    return { socket: accepted, early, isReused: false };
  }
  handle.readStop();
  handle.reading = false;
  (accepted as Undocumented)._handle = null;
  const options: FromHandle = { handle, pauseOnCreate: true, allowHalfOpen: true, onread };
  const socket = new Socket(options as unknown as SocketConstructorOpts);
  // Without its handle this closes nothing; it only tells Node's server that the connection is not its own any more.
  accepted.destroy();
  return { socket, early, isReused: true };
}

/** How many bytes given to this socket the kernel has not taken yet; -1 where Node does not tell. */
export function unsentBytes(socket: Socket): number {
  const size = (socket as Undocumented)._handle?.writeQueueSize;
  return typeof size === 'number' ? size : -1;
}
