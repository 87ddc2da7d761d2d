/**
 * Reads a socket into buffers that are used again and again: what a read costs hangs on its size and on the allocation of its buffer.
 * At rest a connection holds a small buffer; while reads fill it, it borrows a large one.
 */
import type { OnReadOpts } from 'node:net';

/** Holds what a mouse or a quiet desktop sends; thousands of connections hold two each. */
const SMALL_BYTES = 1024;
const LARGE_BYTES = 256 * 1024;
/** So many large buffers are lent at a time (64 MiB); who comes later goes on with its small one. */
const MAX_LENT = 256;
/** So many are kept for the next ones (16 MiB); the others are left to the garbage collector. */
const MAX_KEPT = 64;
/** After so many small reads in a row the large buffer goes back. */
const QUIET_READS = 8;

/** Small buffers are cut from pieces of so many: each made by itself would cost the garbage collector more than its reads. */
const SMALL_IN_PIECE = 256;

/** The buffers of one gateway. None is given back as long as bytes in it may be on their way out. */
export class Buffers {
  readonly #free: Buffer[] = [];
  readonly #freeSmall: Buffer[] = [];
  #lent = 0;

  small(): Buffer {
    const free = this.#freeSmall.pop();
    if (free) return free;
    const piece = Buffer.allocUnsafeSlow(SMALL_BYTES * SMALL_IN_PIECE);
    for (let at = SMALL_BYTES; at < piece.length; at += SMALL_BYTES) this.#freeSmall.push(piece.subarray(at, at + SMALL_BYTES));
    return piece.subarray(0, SMALL_BYTES);
  }

  giveBackSmall(buffer: Buffer): void {
    this.#freeSmall.push(buffer);
  }

  borrow(): Buffer | undefined {
    if (this.#lent >= MAX_LENT) return undefined;
    this.#lent += 1;
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
  }

  giveBack(buffer: Buffer): void {
    this.#lent -= 1;
    if (this.#free.length < MAX_KEPT) this.#free.push(buffer);
  }
}

export interface Reader {
  /** @returns true when it is done with the bytes; false when it still needs them: reading then stops until the socket is resumed */
  take(bytes: Buffer): boolean;
}

/** The buffers of one socket: give `onread` to `net.connect`. */
export class ReusedReads {
  /** Who takes the bytes; may be replaced by itself while it takes some. */
  reader: Reader;
  readonly onread: OnReadOpts;
  readonly #pool: Buffers;
  readonly #small: Buffer;
  #large: Buffer | undefined;
  /** As much of the large buffer as one read may take. */
  #largePart: Buffer | undefined;
  #mostBytes = LARGE_BYTES;
  #quietReads = 0;
  #isFreed = false;

  constructor(pool: Buffers, reader: Reader) {
    this.#pool = pool;
    this.#small = pool.small();
    this.reader = reader;
    this.onread = { buffer: () => this.#largePart ?? this.#small, callback: (length, bytes) => this.#read(length, bytes as Buffer) };
  }

  /** One read takes no more than this from now on, or than a small buffer. */
  limit(bytes: number): void {
    this.#mostBytes = Math.min(LARGE_BYTES, Math.floor(bytes));
  }

  /** The socket has closed, and so has the one that its bytes went to: the kernel takes none of them any more. */
  free(): void {
    if (this.#isFreed) return;
    this.#isFreed = true;
    this.#pool.giveBackSmall(this.#small);
    if (this.#large) this.#pool.giveBack(this.#large);
    this.#setLarge(undefined);
  }

  #read(length: number, bytes: Buffer): boolean {
    const isDone = this.reader.take(bytes.subarray(0, length));
    // Node asks for the next buffer right after this; one that is still in use stays the socket's.
    if (isDone) this.#choose(length, bytes);
    return isDone;
  }

  #choose(length: number, bytes: Buffer): void {
    if (!this.#large) {
      if (length === bytes.length && this.#mostBytes > SMALL_BYTES) this.#setLarge(this.#pool.borrow());
      this.#quietReads = 0;
      return;
    }
    this.#quietReads = length < SMALL_BYTES ? this.#quietReads + 1 : 0;
    if (this.#quietReads < QUIET_READS) return;
    this.#pool.giveBack(this.#large);
    this.#setLarge(undefined);
  }

  #setLarge(large: Buffer | undefined): void {
    this.#large = large;
    this.#largePart = this.#mostBytes < LARGE_BYTES ? large?.subarray(0, this.#mostBytes) : large;
  }
}
