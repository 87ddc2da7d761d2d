import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Silence, SilentAgents } from './silence.js';

let isDeaf: boolean;
let found: number;
let agent: Silence;
beforeEach(() => {
  vi.useFakeTimers();
  isDeaf = false;
  found = 0;
  const silent = new SilentAgents();
  agent = silent.watch({
    get isDeaf() {
      return isDeaf;
    },
    close() {
      found += 1;
      silent.forget(agent);
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('an agent', () => {
  it('that says nothing is left alone as long as nothing was sent to it: TCP asks for itself', () => {
    vi.advanceTimersByTime(3_600_000);
    expect(found).toBe(0);
  });

  it('that says nothing after something was sent is given up within thirty seconds, once', () => {
    vi.advanceTimersByTime(11_000);
    agent.heard();
    agent.sent();
    vi.advanceTimersByTime(12_000);
    agent.sent();
    vi.advanceTimersByTime(13_000);
    expect(found).toBe(0);
    vi.advanceTimersByTime(5_000);
    expect(found).toBe(1);
    vi.advanceTimersByTime(60_000);
    expect(found).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that pings is there, however much is sent', () => {
    for (let second = 0; second < 240; second += 1) {
      agent.sent();
      vi.advanceTimersByTime(1_000);
      if (second % 12 === 0) agent.heard();
    }
    expect(found).toBe(0);
  });

  it('that we do not listen to cannot be heard', () => {
    agent.sent();
    isDeaf = true;
    vi.advanceTimersByTime(60_000);
    expect(found).toBe(0);
    isDeaf = false;
    vi.advanceTimersByTime(30_000);
    expect(found).toBe(1);
  });
});
