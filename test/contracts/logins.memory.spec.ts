/** Holds the history of logins in memory to its contract. */
import { afterEach, beforeEach } from 'vitest';
import { configurationSchema } from '#libs/common';
import { IdentityViews } from '#libs/identity';
import { MemoryEventStore } from '../../libs/event-sourcing/src/memory/memory-event-store.js';
import { MemoryLogins } from '../../libs/identity/src/memory/memory-logins.js';
import { loginsContract } from './logins.contract.js';

let store: MemoryEventStore;
let logins: MemoryLogins;
beforeEach(() => {
  store = new MemoryEventStore();
  logins = new MemoryLogins(new IdentityViews(store, configurationSchema.parse({})));
});
afterEach(() => store.close());

loginsContract('memory', () => ({ store, logins }));
