/** Holds the memory store to the contract of event stores. */
import { MemoryEventStore } from '#libs/event-sourcing';
import { eventStoreContract } from './event-store.contract.js';

eventStoreContract('memory', async () => {
  const store = new MemoryEventStore({ pollMs: 50, leaseMs: 1500 });
  return { store, other: store, dispose: () => store.close() };
});
