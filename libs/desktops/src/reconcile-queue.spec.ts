/** The laws of the queue of keys. */
import { describe, expect, it, vi } from 'vitest';
import { ReconcileQueue } from './reconcile-queue.js';

const ignore = () => {};
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the queue of keys', () => {
  it('works on a key once, however often it is added before its turn', async () => {
    const seen: string[] = [];
    let open = ignore;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const queue = new ReconcileQueue({
      concurrency: 1,
      onFailure: ignore,
      work: async (key) => {
        if (key === 'gate') await gate;
        else seen.push(key);
        return undefined;
      },
    });
    queue.add('gate');
    for (const key of ['a', 'a', 'b', 'a']) queue.add(key);
    open();
    await vi.waitFor(() => expect(seen).toStrictEqual(['a', 'b']));
    await queue.close();
  });

  it('never works on one key twice at once, and comes back to one that was added meanwhile', async () => {
    let running = 0;
    let most = 0;
    let rounds = 0;
    const queue = new ReconcileQueue({
      concurrency: 8,
      onFailure: ignore,
      work: async () => {
        most = Math.max(most, ++running);
        await turn();
        running--;
        rounds++;
        return undefined;
      },
    });
    queue.add('a');
    await Promise.resolve();
    queue.add('a');
    await vi.waitFor(() => expect(rounds).toBe(2));
    expect(most).toBe(1);
    await queue.close();
  });

  it('works on no more keys at once than it may', async () => {
    let running = 0;
    let most = 0;
    let done = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await turn();
      running--;
      done++;
      return undefined;
    };
    const queue = new ReconcileQueue({ concurrency: 3, onFailure: ignore, work });
    for (let n = 0; n < 20; n++) queue.add(`k${n}`);
    await vi.waitFor(() => expect(done).toBe(20));
    expect(most).toBe(3);
    await queue.close();
  });

  it('comes back by itself after a failure, and says so', async () => {
    const failures: number[] = [];
    let tries = 0;
    const queue = new ReconcileQueue({
      concurrency: 1,
      onFailure: (_key, _error, nextInMs) => failures.push(nextInMs),
      work: async () => {
        if (++tries < 3) throw new Error('not yet');
        return undefined;
      },
    });
    queue.add('a');
    await vi.waitFor(() => expect(tries).toBe(3), { timeout: 10_000 });
    expect(failures).toStrictEqual([100, 200]);
    await queue.close();
  });

  it('comes back when the work asked for it', async () => {
    let tries = 0;
    const queue = new ReconcileQueue({ concurrency: 1, onFailure: ignore, work: async () => (++tries < 3 ? Date.now() + 1 : undefined) });
    queue.add('a');
    await vi.waitFor(() => expect(tries).toBe(3), { timeout: 10_000 });
    await queue.close();
  });

  it('takes nothing after it was closed, and lets what is under way end', async () => {
    let ended = 0;
    const work = async () => {
      await turn();
      ended++;
      return undefined;
    };
    const queue = new ReconcileQueue({ concurrency: 1, onFailure: ignore, work });
    queue.add('a');
    await queue.close();
    expect(ended).toBe(1);
    queue.add('b');
    await turn();
    await turn();
    expect(ended).toBe(1);
  });
});
