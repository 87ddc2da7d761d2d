/** What every event store holds to: streams, the one order of all events, leases. Subscriptions are on a page of their own. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseLost, type RecordedEvent, type SubscriptionTimings, VersionConflict } from '#libs/event-sourcing';
import { eventually } from '../support/eventually.js';
import { restoreContract } from './event-store.restore.contract.js';
import { happened, numbersOf, type StoreRig } from './event-store.rig.js';
import { subscriptionContract } from './event-store.subscriptions.contract.js';
import { supervisionContract } from './event-store.supervision.contract.js';

/** @param open a rig whose subscriptions have short pauses, or those that are given */
export function eventStoreContract(adapter: string, open: (timings?: Partial<SubscriptionTimings>) => Promise<StoreRig>): void {
  describe(`the ${adapter} event store`, () => {
    let rig: StoreRig;
    beforeEach(async () => {
      rig = await open();
    });
    afterEach(() => rig.dispose());

    describe('appends', () => {
      it('gives back what was stored, with its place and its metadata', async () => {
        const before = Date.now();
        const metadata = { traceId: 'a1', actor: 'fry' };
        const data = { text: 'Grüße 🚀 \u0000 \ud800', nested: { list: [1, null, true] } };
        await rig.store.append('stream-1', 0, [{ type: 'ThingHappened', data }], metadata);
        const [event, ...others] = await rig.other.read('stream-1');
        expect(others).toEqual([]);
        expect(event).toMatchObject({ stream: 'stream-1', version: 1, type: 'ThingHappened', data, metadata });
        expect(event?.position).toBeGreaterThan(0);
        expect(Date.parse(event?.recordedAt ?? '')).toBeGreaterThanOrEqual(before);
      });

      it('returns the version of the stream and the position of the last event', async () => {
        await rig.store.append('another', 0, happened(0));
        const { version, position } = await rig.store.append('stream-1', 0, happened(1, 2, 3));
        expect(version).toBe(3);
        expect((await rig.store.read('stream-1')).at(-1)?.position).toBe(position);
        expect(await rig.store.head()).toBe(position);
      });

      it('refuses an append at an old version, and stores none of its events', async () => {
        await rig.store.append('stream-1', 0, happened(1, 2));
        const refused = await rig.other.append('stream-1', 1, happened(3, 4)).catch((error) => error);
        expect(refused).toBeInstanceOf(VersionConflict);
        expect(refused).toMatchObject({ stream: 'stream-1', expected: 1, actual: 2 });
        expect(numbersOf(await rig.store.read('stream-1'))).toEqual([1, 2]);
      });

      it('refuses an append at a version that is still to come', async () => {
        await expect(rig.store.append('stream-1', 1, happened(1))).rejects.toBeInstanceOf(VersionConflict);
        expect(await rig.store.read('stream-1')).toEqual([]);
      });

      it('stores nothing for an empty append, and still refuses another version', async () => {
        expect(await rig.store.append('stream-1', 0, [])).toEqual({ version: 0, position: 0 });
        const { position } = await rig.store.append('stream-1', 0, happened(1));
        await rig.store.append('another', 0, happened(2));
        expect(await rig.store.append('stream-1', 1, [])).toEqual({ version: 1, position });
        await expect(rig.store.append('stream-1', 0, [])).rejects.toBeInstanceOf(VersionConflict);
        expect(numbersOf(await rig.store.readAll(0, 10))).toEqual([1, 2]);
      });

      it('lets exactly one of many appends at the same version through, and its neighbours are not touched', async () => {
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, writer) => [
            (writer % 2 ? rig.store : rig.other).append('contested', 0, happened(writer, writer)),
            rig.store.append(`own-${writer}`, 0, happened(writer)),
          ]).flat(),
        );
        const failures = outcomes.filter((outcome) => outcome.status === 'rejected');
        expect(failures).toHaveLength(19);
        expect(failures.every(({ reason }) => reason instanceof VersionConflict)).toBe(true);
        const [first, second, ...others] = numbersOf(await rig.store.read('contested'));
        expect(first).toBe(second);
        expect(others).toEqual([]);
        expect(await rig.store.readAll(0, 100)).toHaveLength(22);
      });

      it('keeps what was stored, whatever happens to the objects that it came from or that were read', async () => {
        const event = { type: 'ThingHappened', data: { number: 1 } };
        const appended = rig.store.append('stream-1', 0, [event]);
        event.data.number = 2;
        await appended;
        Object.assign((await rig.store.read('stream-1'))[0]?.data ?? {}, { number: 3 });
        expect(numbersOf(await rig.store.read('stream-1'))).toEqual([1]);
      });

      it('refuses an event too large to be one', async () => {
        const large = { type: 'ThingHappened', data: { text: 'x'.repeat(1024 * 1024) } };
        await expect(rig.store.append('stream-1', 0, [large])).rejects.toBeInstanceOf(RangeError);
      });
    });

    describe('reads', () => {
      it('reads a stream from a version on, and nothing for a stream that is not there', async () => {
        await rig.store.append('stream-1', 0, happened(1, 2, 3));
        expect(numbersOf(await rig.other.read('stream-1', 1))).toEqual([2, 3]);
        expect(await rig.store.read('stream-1', 3)).toEqual([]);
        expect(await rig.store.read('stream-')).toEqual([]);
      });

      it('pages through all streams in one order, each event once', async () => {
        for (let number = 0; number < 10; number++)
          await rig.store.append(`stream-${number % 3}`, Math.floor(number / 3), happened(number));
        const pages: RecordedEvent[][] = [];
        for (;;) {
          const page = await rig.other.readAll(pages.at(-1)?.at(-1)?.position ?? 0, 4);
          if (page.length === 0) break;
          pages.push([...page]);
        }
        expect(pages.map(numbersOf)).toEqual([
          [0, 1, 2, 3],
          [4, 5, 6, 7],
          [8, 9],
        ]);
      });

      it('has no head while it is empty', async () => {
        expect(await rig.store.head()).toBe(0);
        expect(await rig.store.readAll(0, 10)).toEqual([]);
      });

      it('never shows an event late: 20 writers at once, and whoever reads along misses none', async () => {
        const [writers, each] = [20, 25];
        const total = writers * each;
        const seen: RecordedEvent[] = [];
        const reader = (async () => {
          while (seen.length < total) {
            seen.push(...(await rig.other.readAll(seen.at(-1)?.position ?? 0, 7)));
            await new Promise(setImmediate);
          }
        })();
        await Promise.all(
          Array.from({ length: writers }, async (_, writer) => {
            const store = writer % 2 ? rig.store : rig.other;
            for (let version = 0; version < each; version++) await store.append(`stream-${writer}`, version, happened(version + 1));
          }),
        );
        await reader;
        const positions = seen.map(({ position }) => position);
        expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
        expect(seen).toEqual(await rig.store.readAll(0, total + 1));
        for (let writer = 0; writer < writers; writer++) {
          const own = seen.filter(({ stream }) => stream === `stream-${writer}`);
          expect(own.map(({ version }) => version)).toEqual(Array.from({ length: each }, (_, index) => index + 1));
        }
      });
    });

    describe('leases', () => {
      it('has one holder at a time, and passes on when it is given back', async () => {
        const first = await rig.store.acquireLease('work', 60_000);
        expect(await rig.store.acquireLease('work', 60_000)).toBeUndefined();
        expect(await rig.other.acquireLease('work', 60_000)).toBeUndefined();
        expect(await rig.other.acquireLease('other work', 60_000)).toBeDefined();
        await first?.release();
        expect((await rig.other.acquireLease('work', 60_000))?.fence).toBeGreaterThan(first?.fence ?? Number.NaN);
      });

      it('gives a lease to one of many who ask at once', async () => {
        const asked = Array.from({ length: 20 }, (_, index) => (index % 2 ? rig.store : rig.other).acquireLease('work', 60_000));
        expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
      });

      it('lasts while it is renewed, and no longer', async () => {
        const lease = await rig.store.acquireLease('work', 1);
        await lease?.renew(60_000);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect(await rig.other.acquireLease('work', 60_000)).toBeUndefined();
        await lease?.renew(1);
        await eventually(async () => expect(await rig.other.acquireLease('work', 60_000)).toBeDefined());
      });

      it('does not let a late holder renew or give back what is now the lease of another', async () => {
        const late = await rig.store.acquireLease('work', 1);
        const present = await eventually(async () => {
          const lease = await rig.other.acquireLease('work', 60_000);
          return lease ?? Promise.reject(new Error('still held'));
        });
        await expect(late?.renew(60_000)).rejects.toBeInstanceOf(LeaseLost);
        await late?.release();
        expect(await rig.store.acquireLease('work', 60_000)).toBeUndefined();
        await present.renew(60_000);
      });

      it('does not let anyone renew what was given back', async () => {
        const lease = await rig.store.acquireLease('work', 60_000);
        await lease?.release();
        await expect(lease?.renew(60_000)).rejects.toBeInstanceOf(LeaseLost);
      });
    });

    describe('checkpoints', () => {
      it('belong to the last who claimed them: no earlier holder can claim or move them', async () => {
        expect(await rig.store.checkpoints.claim('view', 1)).toBe(0);
        await rig.store.checkpoints.save('view', 1, 7);
        expect(await rig.other.checkpoints.claim('view', 2)).toBe(7);
        await expect(rig.store.checkpoints.save('view', 1, 8)).rejects.toBeInstanceOf(LeaseLost);
        await expect(rig.store.checkpoints.claim('view', 1)).rejects.toBeInstanceOf(LeaseLost);
        await rig.other.checkpoints.save('view', 2, 9);
        expect(await rig.other.checkpoints.claim('view', 3)).toBe(9);
      });

      it('cannot be moved by who has not claimed them', async () => {
        await expect(rig.store.checkpoints.save('view', 1, 8)).rejects.toBeInstanceOf(LeaseLost);
      });
    });

    describe('the doorbell', () => {
      it('rings after an append with its events as they are stored, until it is taken off', async () => {
        const rung: RecordedEvent[] = [];
        const silence = rig.store.onAppended((events) => rung.push(...events));
        await rig.store.append('stream-1', 0, happened(1, 2));
        await rig.store.append('stream-1', 2, []);
        await rig.store.append('stream-1', 0, happened(3)).catch(() => {});
        expect(rung).toEqual(await rig.store.read('stream-1'));
        silence();
        await rig.store.append('stream-1', 2, happened(3));
        expect(rung).toHaveLength(2);
      });

      it('has subscriptions handle at once what their own process appends, whenever that happens: no poll is waited for', async () => {
        await rig.dispose();
        rig = await open({ pollMs: 3_600_000 });
        const { store } = rig;
        const [followed, reacted]: RecordedEvent[][] = [[], []];
        const into = (seen: RecordedEvent[] | undefined) => async (event: RecordedEvent) => {
          seen?.push(event);
          await new Promise(setImmediate);
        };
        store.follow({ name: 'view', handle: into(followed) });
        store.react({ name: 'reaction', handle: into(reacted) });
        for (let version = 0; version < 200; version++) {
          await store.append('stream-1', version, happened(version));
          for (let turn = 0; turn < version % 4; turn++) await new Promise(setImmediate);
        }
        await eventually(() => expect([followed, reacted].map((seen) => seen?.length)).toEqual([200, 200]));
      });

      it('does not fail an append when a listener throws', async () => {
        rig.store.onAppended(() => {
          throw new Error('a listener that throws, on purpose');
        });
        const rung: RecordedEvent[] = [];
        rig.store.onAppended((events) => rung.push(...events));
        await rig.store.append('stream-1', 0, happened(1));
        expect(numbersOf(rung)).toEqual([1]);
      });
    });

    it('finishes the appends under way when it closes, and answers STORE_UNAVAILABLE from then on', async () => {
      const appended = rig.store.append('stream-1', 0, happened(1));
      await Promise.all([rig.store.close(), rig.store.close()]);
      expect((await appended).version).toBe(1);
      await expect(rig.store.append('stream-1', 1, happened(2))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(rig.store.read('stream-1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(rig.store.acquireLease('work', 1000)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    });

    subscriptionContract(() => rig);
    supervisionContract(() => rig);
    restoreContract(() => rig);
  });
}
