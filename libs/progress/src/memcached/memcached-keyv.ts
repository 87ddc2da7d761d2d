/** Gives cache-manager, which takes Keyv stores today, the memcached store that was made for its third version. */
import memcachedStore from 'cache-manager-memcached-store';
import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { MemcachedDriver, type MemcachedOptions } from './memcached-driver.js';

/** memcached takes longer times for dates (its protocol.txt). */
const LONGEST_TTL_SECONDS = 30 * 24 * 3600;

/** @returns the store, and the driver under it for what cache-manager has no call for */
export function memcachedKeyv(options: MemcachedOptions): { readonly keyv: Keyv; readonly driver: MemcachedDriver } {
  const store = memcachedStore.create({ driver: MemcachedDriver, options });
  const driver = store.memcached;
  const adapter = {
    opts: {},
    namespace: undefined,
    get: (key: string) => store.get(key),
    getMany: (keys: readonly string[]) => store.mget(keys),
    /** @param ttl milliseconds */
    set: (key: string, value: unknown, ttl?: number) =>
      store.set(key, value, Math.min(Math.ceil((ttl ?? Number.POSITIVE_INFINITY) / 1000), LONGEST_TTL_SECONDS)),
    delete: async (key: string) => {
      await store.del(key);
      return true;
    },
    clear: async () => {
      throw new Error('memcached may be shared with others: nobody empties it from here');
    },
    on: () => adapter,
    disconnect: async () => driver.end(),
  };
  return { keyv: new Keyv({ store: adapter as unknown as KeyvStoreAdapter, useKeyPrefix: false }), driver };
}
