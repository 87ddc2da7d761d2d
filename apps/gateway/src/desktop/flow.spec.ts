import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Flow } from './flow.js';

const STALL_MS = 60_000;

/** A socket whose kernel takes what the test says: how much a real one takes, and when, hangs on windows that nobody can set. */
class SlowSocket {
  readonly _handle = { writeQueueSize: 0 };
  writableLength = 0;
  onEmpty: (() => void) | undefined;

  write(bytes: Buffer, onEmpty?: () => void): boolean {
    this.onEmpty = onEmpty ?? this.onEmpty;
    this.writableLength += bytes.length;
    this._handle.writeQueueSize += bytes.length;
    return false;
  }

  takes(bytes: number): void {
    this._handle.writeQueueSize -= bytes;
    if (this._handle.writeQueueSize > 0) return;
    this.writableLength = 0;
    this.onEmpty?.();
  }
}

const terms = { budgets: [], stallMs: STALL_MS, close: () => (closed += 1) };
let closed: number;
let resumed: number;
let to: SlowSocket;
let flow: Flow;
beforeEach(() => {
  vi.useFakeTimers();
  closed = 0;
  resumed = 0;
  to = new SlowSocket();
  const from = { destroyed: false, resume: () => (resumed += 1) } as unknown as Socket;
  flow = new Flow(from, to as unknown as Socket, terms, () => undefined);
});
afterEach(() => {
  flow.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('one direction of a connection', () => {
  it('reads on once all was taken', () => {
    expect(flow.take(Buffer.alloc(100))).toBe(false);
    expect(flow.isWaiting).toBe(true);
    to.takes(100);
    expect([resumed, flow.isWaiting]).toEqual([1, false]);
  });

  it('is cut when nothing at all is taken, after the time and before its double', () => {
    flow.take(Buffer.alloc(100_000));
    vi.advanceTimersByTime(STALL_MS / 2);
    to.takes(10);
    vi.advanceTimersByTime(STALL_MS);
    expect(closed).toBe(0);
    vi.advanceTimersByTime(STALL_MS / 2);
    expect(closed).toBe(1);
  });

  it('goes on as long as a little is taken, however long the whole takes', () => {
    flow.take(Buffer.alloc(100_000));
    for (let minute = 0; minute < 120; minute += 1) {
      to.takes(1);
      vi.advanceTimersByTime(STALL_MS);
    }
    expect(closed).toBe(0);
  });

  it('goes on when all was taken between two looks, though as much waits again', () => {
    for (let minute = 0; minute < 10; minute += 1) {
      flow.take(Buffer.alloc(5_000));
      vi.advanceTimersByTime(STALL_MS * 0.9);
      to.takes(5_000);
    }
    expect([closed, resumed]).toEqual([0, 10]);
  });
});
