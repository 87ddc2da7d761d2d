/** One direction of a spliced connection: bytes go on as they came, and what cannot go on stops the reading. */
import type { Socket } from 'node:net';
import { type Budget, spendAll } from './budget.js';
import type { Reader } from './reused-reads.js';
import { unsentBytes } from './take-over.js';

const NOTHING = Buffer.alloc(0);

/** What is the same for both directions. */
export interface FlowTerms {
  readonly budgets: readonly Budget[];
  /** Whoever takes nothing for so long, in milliseconds, is cut off, at twice the time at the latest. */
  readonly stallMs: number;
  close(): void;
}

export class Flow implements Reader {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #terms: FlowTerms;
  readonly #onBytes: (bytes: number) => void;
  #isFull = false;
  #pause: NodeJS.Timeout | undefined;
  /** Made once a connection has to wait at all, as are these two. */
  #stall: NodeJS.Timeout | undefined;
  #onSpace: (() => void) | undefined;
  /** Rises whenever all was taken. */
  #timesEmpty = 0;

  /** @param onBytes told how many go through, each time */
  constructor(from: Socket, to: Socket, terms: FlowTerms, onBytes: (bytes: number) => void) {
    this.#from = from;
    this.#to = to;
    this.#terms = terms;
    this.#onBytes = onBytes;
  }

  /** Whether reading stands still, until the other side has taken what there is or a budget allows more. */
  get isWaiting(): boolean {
    return this.#isFull || this.#pause !== undefined;
  }

  /** @returns whether reading may go on at once; else it is resumed from here */
  take(bytes: Buffer): boolean {
    const to = this.#to;
    this.#onBytes(bytes.length);
    to.write(bytes);
    const { budgets } = this.#terms;
    const wait = budgets.length === 0 ? 0 : spendAll(budgets, bytes.length);
    // Mostly the kernel has taken the bytes by now. If not, the buffer is theirs until they are out.
    if (to.writableLength === 0 && wait === 0) return true;
    if (wait > 0) this.#pause = setTimeout(() => this.#resumeLater(), wait);
    if (to.writableLength > 0) this.#waitForSpace();
    return false;
  }

  /** Both ends have gone, or will. */
  stop(): void {
    clearTimeout(this.#pause);
    this.#stopWatching();
  }

  #waitForSpace(): void {
    this.#isFull = true;
    this.#stall ??= this.#watchForStall();
    this.#onSpace ??= () => {
      this.#isFull = false;
      this.#timesEmpty += 1;
      this.#resume();
    };
    this.#to.write(NOTHING, this.#onSpace);
  }

  #resumeLater(): void {
    this.#pause = undefined;
    this.#resume();
  }

  #resume(): void {
    if (this.isWaiting) return;
    if (!this.#from.destroyed) this.#from.resume();
  }

  /** Looks from time to time, which costs the bytes between nothing. Whoever takes little is slow; only who takes nothing has stalled. */
  #watchForStall(): NodeJS.Timeout {
    let seen = unsentBytes(this.#to);
    let timesEmpty = this.#timesEmpty;
    return setInterval(() => {
      if (!this.#isFull) return this.#stopWatching();
      const unsent = unsentBytes(this.#to);
      if (timesEmpty === this.#timesEmpty && unsent === seen) return this.#terms.close();
      seen = unsent;
      timesEmpty = this.#timesEmpty;
    }, this.#terms.stallMs).unref();
  }

  #stopWatching(): void {
    clearInterval(this.#stall);
    this.#stall = undefined;
  }
}
