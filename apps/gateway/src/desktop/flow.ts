/** One direction of a spliced connection: bytes go on as they came, and what cannot go on stops the reading. */
import type { Socket } from 'node:net';
import { type Budget, spendAll } from './budget.js';

const NOTHING = Buffer.alloc(0);

export interface FlowOptions {
  readonly budgets: readonly Budget[];
  /** Called before reading goes on: the bytes given last are not needed any more. */
  readonly release: () => void;
  /** Whoever takes nothing for so long, in milliseconds, is cut off. */
  readonly stallMs: number;
  readonly onStalled: () => void;
}

export class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: FlowOptions;
  #isFull = false;
  #pause: NodeJS.Timeout | undefined;
  /** Made once a connection has to wait at all, then used again. */
  #stall: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, options: FlowOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
  }

  /** Whether reading stands still, until the other side has taken what there is or a budget allows more. */
  get isWaiting(): boolean {
    return this.#isFull || this.#pause !== undefined;
  }

  /** @returns whether reading may go on at once; else it is resumed from here */
  readonly take = (bytes: Buffer): boolean => {
    const to = this.#to;
    to.write(bytes);
    const { budgets } = this.#options;
    const wait = budgets.length === 0 ? 0 : spendAll(budgets, bytes.length);
    // Mostly the kernel has taken the bytes by now. If not, the buffer is theirs until they are out.
    if (to.writableLength === 0 && wait === 0) return true;
    if (wait > 0) this.#pause = setTimeout(this.#resumeLater, wait);
    if (to.writableLength > 0) this.#waitForSpace();
    return false;
  };

  /** Both ends have gone, or will. */
  stop(): void {
    clearTimeout(this.#pause);
    clearTimeout(this.#stall);
  }

  #waitForSpace(): void {
    this.#isFull = true;
    if (this.#stall) this.#stall.refresh();
    else this.#stall = setTimeout(this.#onStall, this.#options.stallMs).unref();
    this.#to.write(NOTHING, this.#onSpace);
  }

  readonly #onSpace = (): void => {
    this.#isFull = false;
    this.#resume();
  };

  readonly #resumeLater = (): void => {
    this.#pause = undefined;
    this.#resume();
  };

  #resume(): void {
    if (this.isWaiting) return;
    this.#options.release();
    if (!this.#from.destroyed) this.#from.resume();
  }

  readonly #onStall = (): void => {
    if (this.#isFull) this.#options.onStalled();
  };
}
