import { describe, expect, it } from 'vitest';
import { Buffers, ReusedReads } from './reused-reads.js';

const SMALL = 1024;
const LARGE = 256 * 1024;

/** Reads like Node does: fills the buffer, calls back, asks for the next buffer. */
function socketOn(pool: Buffers) {
  let isDone = true;
  const reads = new ReusedReads(pool, { take: () => isDone });
  const { buffer, callback } = reads.onread;
  const next = buffer as () => Buffer;
  let current = next();
  return {
    reads,
    get current() {
      return current;
    },
    read(length: number, done = true): boolean {
      isDone = done;
      const goesOn = callback(length, current);
      current = next();
      return goesOn;
    },
  };
}

describe('reused reads', () => {
  it('hold a small buffer at rest and borrow a large one when a read fills it', () => {
    const socket = socketOn(new Buffers());
    expect(socket.current).toHaveLength(SMALL);
    socket.read(SMALL - 1);
    expect(socket.current).toHaveLength(SMALL);
    socket.read(SMALL);
    expect(socket.current).toHaveLength(LARGE);
  });

  it('give the large buffer back after a row of small reads, for the next one to use', () => {
    const pool = new Buffers();
    const socket = socketOn(pool);
    socket.read(SMALL);
    const large = socket.current;
    for (let n = 0; n < 7; n += 1) socket.read(10);
    socket.read(LARGE);
    for (let n = 0; n < 8; n += 1) socket.read(10);
    expect(socket.current).toHaveLength(SMALL);
    const other = socketOn(pool);
    other.read(SMALL);
    expect(other.current).toBe(large);
  });

  it('take no more at once than they may, in a large buffer or in the small one', () => {
    const pool = new Buffers();
    const [some, little] = [socketOn(pool), socketOn(pool)];
    some.reads.limit(10_000.5);
    little.reads.limit(SMALL);
    for (const socket of [some, little]) socket.read(SMALL);
    expect([some.current.length, little.current.length]).toEqual([10_000, SMALL]);
    some.reads.free();
    const other = socketOn(pool);
    other.read(SMALL);
    expect(other.current).toHaveLength(LARGE);
  });

  it('stop reading while the bytes are still needed, and keep their buffer', () => {
    const socket = socketOn(new Buffers());
    const small = socket.current;
    expect(socket.read(SMALL, false)).toBe(false);
    expect(socket.current).toBe(small);
  });

  it('give both buffers back once, whatever was in them', () => {
    const pool = new Buffers();
    const socket = socketOn(pool);
    const small = socket.current;
    socket.read(SMALL);
    const large = socket.current;
    socket.read(LARGE, false);
    socket.reads.free();
    socket.reads.free();
    const others = [socketOn(pool), socketOn(pool)] as const;
    expect(others.map(({ current }) => current === small)).toEqual([true, false]);
    for (const other of others) other.read(SMALL);
    expect(others.map(({ current }) => current === large)).toEqual([true, false]);
  });

  it('of more than 256 busy sockets go on with small buffers, until one is free again', () => {
    const pool = new Buffers();
    const busy = Array.from({ length: 256 }, () => socketOn(pool));
    for (const socket of busy) socket.read(SMALL);
    const late = socketOn(pool);
    late.read(SMALL);
    expect(late.current).toHaveLength(SMALL);
    busy[0]?.reads.free();
    late.read(SMALL);
    expect(late.current).toHaveLength(LARGE);
  });
});
