/**
 * What happens to a socket is told to whoever owns it just then. One set of listeners, the same for all sockets, stays for a socket's whole life: a connection
 * that opens and then stands for hours neither exchanges listeners nor holds on to what its opening needed.
 */
import type { Socket } from 'node:net';

export interface Owner {
  /** The other side sends no more. */
  onEnd(socket: Socket): void;
  onError(error: Error, socket: Socket): void;
  /** Always the last. */
  onClose(socket: Socket): void;
}

const OWNER = Symbol('owner');
type Owned = Socket & { [OWNER]?: Owner };

export function own(socket: Socket, owner: Owner): void {
  const owned = socket as Owned;
  const isNew = owned[OWNER] === undefined;
  owned[OWNER] = owner;
  if (isNew) socket.on('end', onEnd).on('error', onError).on('close', onClose);
}

function onEnd(this: Owned): void {
  this[OWNER]?.onEnd(this);
}

function onError(this: Owned, error: Error): void {
  this[OWNER]?.onError(error, this);
}

function onClose(this: Owned): void {
  this[OWNER]?.onClose(this);
}
