/** What `react` and `follow` hold to on every event store. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import { happened, numbersOf, type StoreRig } from './event-store.rig.js';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

export function subscriptionContract(rig: () => StoreRig): void {
  const fill = async (count: number, stream = 'stream-1') => {
    const { length } = await rig().store.read(stream);
    await rig().store.append(stream, length, happened(...upTo(count).map((number) => length + number)));
  };

  describe('follow', () => {
    it('sees all events in order, those before it and those after, of this process and of others', async () => {
      const { store, other } = rig();
      await fill(1200);
      const seen: RecordedEvent[] = [];
      const subscription = store.follow({ name: 'view', handle: (event) => void seen.push(event) });
      await subscription.caughtUp();
      expect(seen).toHaveLength(1200);
      for (let version = 1200; version < 1210; version++) {
        await (version % 2 ? store : other).append('stream-1', version, happened(version + 1));
      }
      await eventually(() => expect(numbersOf(seen)).toEqual(upTo(1210)));
      expect(seen).toEqual(await store.readAll(0, 2000));
    });

    it('begins after the position that it is given', async () => {
      await fill(5);
      const from = (await rig().store.readAll(0, 3)).at(-1)?.position;
      const seen: RecordedEvent[] = [];
      await rig()
        .store.follow({ name: 'view', from, handle: (event) => void seen.push(event) })
        .caughtUp();
      expect(numbersOf(seen)).toEqual([4, 5]);
    });

    it('knows which subscriptions there are in this process until they end', async () => {
      const { store } = rig();
      await fill(2);
      const view = store.follow({ name: 'view', handle: () => {} });
      const reaction = store.react({ name: 'reaction', handle: async () => {} });
      await Promise.all([view.caughtUp(), reaction.caughtUp()]);
      expect(store.subscriptions()).toEqual([view.state(), reaction.state()]);
      await view.stop();
      expect(store.subscriptions()).toEqual([reaction.state()]);
    });

    it('hands every event to every follower', async () => {
      const { store, other } = rig();
      const seen: RecordedEvent[][] = [[], [], []];
      const followers = seen.map((list, index) =>
        (index ? store : other).follow({ name: 'view', handle: (event) => void list.push(event) }),
      );
      await fill(10);
      await Promise.all(followers.map((follower) => follower.caughtUp()));
      expect(seen.map(numbersOf)).toEqual([upTo(10), upTo(10), upTo(10)]);
    });

    it('is woken at once by an append of its own process', async () => {
      const { store } = rig();
      const seen: RecordedEvent[] = [];
      const subscription = store.follow({ name: 'view', handle: (event) => void seen.push(event) });
      for (const version of upTo(100)) {
        await store.append('stream-1', version - 1, happened(version));
        await subscription.caughtUp();
        expect(seen).toHaveLength(version);
      }
    });
  });

  describe.each(['follow', 'react'] as const)('%s', (kind) => {
    it('tries an event again whose handler throws, says so, and skips none', async () => {
      let failures = 3;
      const seen: RecordedEvent[] = [];
      await fill(3);
      const subscription = rig().store[kind]({
        name: 'view',
        async handle(event) {
          if (numbersOf([event])[0] === 2 && failures > 0) throw new Error('the second event hurts');
          seen.push(event);
        },
      });
      await eventually(() => expect(subscription.state()).toMatchObject({ status: 'failing', error: 'Error: the second event hurts' }));
      expect(numbersOf(seen)).toEqual([1]);
      expect(subscription.state().position).toBe(seen[0]?.position);
      failures = 0;
      await subscription.caughtUp();
      expect(numbersOf(seen)).toEqual([1, 2, 3]);
      expect(subscription.state()).toEqual({ name: 'view', status: 'running', position: seen[2]?.position });
    });

    it('ends who waits for an event that cannot be handled, when their time is over', async () => {
      await fill(1);
      const subscription = rig().store[kind]({ name: 'view', handle: () => Promise.reject(new Error('never works')) });
      const refusal = await subscription.caughtUp(50).catch((error) => error);
      expect(refusal).toMatchObject({ code: 'NOT_READY', detail: expect.stringContaining('view') });
    });

    it('tells up to when it knows everything', async () => {
      const subscription = rig().store[kind]({ name: 'view', handle: async () => {} });
      await fill(1);
      const stored = performance.now();
      await eventually(() => expect(subscription.asOf).toBeGreaterThan(stored));
      expect(subscription.state().position).toBe(await rig().store.head());
    });

    it('awaits each event before it begins the next', async () => {
      let [running, most] = [0, 0];
      await fill(10);
      const subscription = rig().store[kind]({
        name: 'view',
        async handle() {
          most = Math.max(most, ++running);
          await pause(2);
          running--;
        },
      });
      await subscription.caughtUp();
      expect(most).toBe(1);
    });

    it('stops after the event under way, and tells those who wait for it', async () => {
      let [begun, ended] = [0, 0];
      await fill(10);
      const subscription = rig().store[kind]({
        name: 'view',
        async handle() {
          begun++;
          await pause(100);
          ended++;
        },
      });
      const caughtUp = expect(subscription.caughtUp()).rejects.toThrow('stopped');
      await eventually(() => expect(begun).toBe(1));
      await subscription.stop();
      expect([begun, ended]).toEqual([1, 1]);
      expect(subscription.state().status).toBe('stopped');
      await caughtUp;
      await expect(subscription.caughtUp()).rejects.toThrow('stopped');
      await fill(1);
      expect(begun).toBe(1);
    });

    it('stops when its store closes, even while its handler keeps failing', async () => {
      await fill(1);
      const subscription = rig().store[kind]({ name: 'view', handle: () => Promise.reject(new Error('never works')) });
      await eventually(() => expect(subscription.state().status).toBe('failing'));
      await rig().store.close();
      expect(subscription.state().status).toBe('stopped');
    });
  });

  describe('react', () => {
    it('goes on after its checkpoint when it is started again', async () => {
      const seen: RecordedEvent[] = [];
      const handle = async (event: RecordedEvent) => void seen.push(event);
      await fill(10);
      const first = rig().store.react({ name: 'view', handle });
      await first.caughtUp();
      await first.stop();
      await fill(10);
      const second = rig().other.react({ name: 'view', handle });
      await second.caughtUp();
      expect(numbersOf(seen)).toEqual(upTo(20));
    });

    it('keeps a checkpoint for each name', async () => {
      await fill(3);
      const seen: string[] = [];
      for (const name of ['one', 'two']) {
        await rig()
          .store.react({ name, handle: async ({ version }) => void seen.push(`${name} ${version}`) })
          .caughtUp();
      }
      expect(seen).toEqual(['one 1', 'one 2', 'one 3', 'two 1', 'two 2', 'two 3']);
    });

    it('has one runner for a name; another takes over when it stops, and nothing is left out', async () => {
      const seen: string[] = [];
      const runners = ['a', 'b', 'c'].map((runner, index) =>
        (index % 2 ? rig().store : rig().other).react({
          name: 'view',
          handle: async ({ version }) => {
            seen.push(`${runner} ${version}`);
            await pause(1);
          },
        }),
      );
      await fill(20);
      await eventually(() => expect(seen).toHaveLength(20));
      expect(new Set(seen.map((line) => line[0])).size).toBe(1);
      expect(runners.map((runner) => runner.state().status).sort()).toEqual(['running', 'waiting-for-lease', 'waiting-for-lease']);

      const first = runners.find((runner) => runner.state().status === 'running');
      await first?.stop();
      await fill(20);
      await eventually(() => expect(seen).toHaveLength(40));
      expect(seen.map((line) => Number(line.slice(2)))).toEqual(upTo(40));
    });

    it('keeps its lease while a handler takes longer than the lease lasts', async () => {
      await fill(1);
      const seen: string[] = [];
      const reactAs = (runner: string) => ({
        name: 'view',
        async handle() {
          seen.push(runner);
          await pause(4000);
        },
      });
      const slow = rig().store.react(reactAs('slow'));
      await eventually(() => expect(seen).toEqual(['slow']));
      const next = rig().other.react(reactAs('next'));
      await slow.caughtUp();
      expect(seen).toEqual(['slow']);
      expect(next.state().status).toBe('waiting-for-lease');
    });

    it('calls onLeaseGained before the first event, again until it works', async () => {
      const calls: string[] = [];
      await fill(1);
      const subscription = rig().store.react({
        name: 'view',
        async onLeaseGained() {
          calls.push('gained');
          if (calls.length < 3) throw new Error('not yet');
        },
        handle: async ({ version }) => void calls.push(`event ${version}`),
      });
      await subscription.caughtUp();
      expect(calls).toEqual(['gained', 'gained', 'gained', 'event 1']);
    });

    it('waits while its lease is held elsewhere, and runs when it is given back', async () => {
      await fill(1);
      const lease = await rig().other.acquireLease('view', 60_000);
      const subscription = rig().store.react({ name: 'view', handle: async () => {} });
      await eventually(() => expect(subscription.state().status).toBe('waiting-for-lease'));
      await lease?.release();
      await subscription.caughtUp();
      expect(subscription.state().status).toBe('running');
    });
  });
}
