/**
 * How many connections may be open, in all and of one address: one greedy client cannot take the places of the others. Connections of a listed proxy count
 * for the client that it names, as long as they are that client's.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Networks, plainAddress } from '#libs/common';

export class ConnectionCaps {
  /** With the address that each counts for. */
  readonly #open = new Map<Socket, string>();
  readonly #perAddress = new Map<string, number>();
  /** One for all sockets, which name themselves. */
  readonly #onClose: (this: Socket) => void;
  readonly #proxies: Networks;
  readonly #limits: { readonly connections: number; readonly connectionsPerAddress: number };

  /** @param proxies speak for many clients, whose caps are theirs */
  constructor(proxies: Networks, limits: { readonly connections: number; readonly connectionsPerAddress: number }) {
    this.#proxies = proxies;
    this.#limits = limits;
    const leave = (socket: Socket) => this.#leave(socket);
    this.#onClose = function () {
      leave(this);
    };
  }

  get size(): number {
    return this.#open.size;
  }

  get sockets(): Iterable<Socket> {
    return this.#open.keys();
  }

  /** @returns whether there is a place; it is free again when the socket closes */
  take(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress);
    const ofAddress = this.#perAddress.get(address) ?? 0;
    if (this.#open.size >= this.#limits.connections) return false;
    if (ofAddress >= this.#limits.connectionsPerAddress && !this.#proxies.has(address)) return false;
    this.#perAddress.set(address, ofAddress + 1);
    this.#hold(socket, address);
    return true;
  }

  /**
   * The connection carries something of this client.
   * @param response with whose end that is over; without one it is the client's until it closes
   * @returns whether there is a place
   */
  lend(socket: Socket, client: string, response?: ServerResponse): boolean {
    const owner = this.#open.get(socket);
    if (owner === undefined || owner === client) return true;
    if ((this.#perAddress.get(client) ?? 0) >= this.#limits.connectionsPerAddress) return false;
    this.#move(socket, client);
    response?.once('close', () => this.#move(socket, owner));
    return true;
  }

  /** The place of one socket is another's from now on: both are the same connection. */
  handOver(from: Socket, to: Socket): void {
    const address = this.#open.get(from);
    if (address === undefined || from === to) return;
    this.#open.delete(from);
    this.#hold(to, address);
  }

  destroyAll(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  #hold(socket: Socket, address: string): void {
    this.#open.set(socket, address);
    socket.on('close', this.#onClose);
  }

  /** Nothing where it has closed meanwhile, or is another's already. */
  #move(socket: Socket, to: string): void {
    const from = this.#open.get(socket);
    if (from === undefined || from === to) return;
    this.#forgetOne(from);
    this.#perAddress.set(to, (this.#perAddress.get(to) ?? 0) + 1);
    this.#open.set(socket, to);
  }

  #leave(socket: Socket): void {
    const address = this.#open.get(socket);
    if (address === undefined) return;
    this.#open.delete(socket);
    this.#forgetOne(address);
  }

  #forgetOne(address: string): void {
    const left = (this.#perAddress.get(address) ?? 0) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }
}
