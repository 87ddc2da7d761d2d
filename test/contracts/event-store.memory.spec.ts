/** Holds the memory store to the contract of event stores. */
import { expect, it } from 'vitest';
import { type RecordedEvent } from '#libs/event-sourcing';
import { MemoryEventStore } from '../../libs/event-sourcing/src/memory/memory-event-store.js';
import { eventually } from '../support/eventually.js';
import { eventStoreContract } from './event-store.contract.js';
import { happened } from './event-store.rig.js';

eventStoreContract('memory', async () => {
  const store = new MemoryEventStore({ pollMs: 50, leaseMs: 1500 });
  return { store, other: store, dispose: () => store.close() };
});

it('needs no poll to hand on what its own process appends, whenever that happens', async () => {
  const store = new MemoryEventStore({ pollMs: 3_600_000 });
  const seen: RecordedEvent[] = [];
  const handle = async (event: RecordedEvent) => {
    seen.push(event);
    await new Promise(setImmediate);
  };
  store.follow({ name: 'view', handle });
  for (let version = 0; version < 200; version++) {
    await store.append('stream-1', version, happened(version));
    for (let turn = 0; turn < version % 4; turn++) await new Promise(setImmediate);
  }
  await eventually(() => expect(seen).toHaveLength(200));
  await store.close();
});
