/** How long a start waits, over a real store. */
import { expect, it, vi } from 'vitest';
import { MemoryEventStore } from './memory/memory-event-store.js';
import { caughtUpOrStuck } from './start-up.js';

const happened = (count: number) => Array.from({ length: count }, (_, number) => ({ type: 'ThingHappened', data: { number } }));

it('is over once everything was handled, however long that takes', async () => {
  const store = new MemoryEventStore();
  await store.append('stream-1', 0, happened(20));
  const view = store.follow({ name: 'view', handle: () => new Promise((resolve) => setTimeout(resolve, 10)) });
  await caughtUpOrStuck(view, 100);
  expect(view.state().position).toBe(20);
  await store.close();
});

it('is over when an event cannot be handled, and operators see which', async () => {
  const store = new MemoryEventStore();
  await store.append('stream-1', 0, happened(3));
  const view = store.follow({
    name: 'view',
    handle: ({ version }) => {
      if (version === 2) throw new Error('this one hurts');
    },
  });
  await caughtUpOrStuck(view, 100);
  expect(view.state()).toMatchObject({ status: 'failing', position: 1 });
  await vi.waitFor(async () => expect(await store.supervision.troubles()).toMatchObject([{ subscription: 'view', position: 2 }]), {
    timeout: 15_000,
  });
  await store.close();
});
