/** Holds the memory store to the contract of event stores. */
import { MemoryEventStore } from '../../libs/event-sourcing/src/memory/memory-event-store.js';
import { eventStoreContract } from './event-store.contract.js';

eventStoreContract('memory', async (timings) => {
  const store = new MemoryEventStore({ pollMs: 50, leaseMs: 1500, ...timings });
  return { store, other: store, dispose: () => store.close() };
});
