/** Types of the few things that progress uses of memjs and cache-manager-memcached-store, which ship none. */
declare module 'memjs' {
  type Callback<T> = (error: Error | null, result: T) => void;

  interface Server {
    /** Closes its connection and fails every call that waits on it; the next call connects anew. */
    error(reason: Error): void;
  }
  export interface Client {
    readonly servers: readonly Server[];
    get(key: string, callback: Callback<Buffer | null>): void;
    set(key: string, value: string, options: { expires: number }, callback: Callback<boolean>): void;
    /** `false`: there is such a key already. */
    add(key: string, value: string, options: { expires: number }, callback: Callback<boolean>): void;
    /** An error where there is no such key. */
    append(key: string, value: string, callback: Callback<boolean>): void;
    /** Its time begins anew. `false`: there is no such key. @param expires seconds */
    touch(key: string, expires: number, callback: Callback<boolean>): void;
    delete(key: string, callback: Callback<boolean>): void;
  }
  const memjs: {
    Client: { create(servers: string, options: { timeout: number; retries: number; logger: { log(): void } }): Client };
  };
  export default memjs;
}

declare module 'cache-manager-memcached-store' {
  export interface MemcachedStore {
    get(key: string): Promise<unknown>;
    mget(keys: readonly string[]): Promise<readonly unknown[]>;
    /** @param ttl seconds */
    set(key: string, value: unknown, ttl: number): Promise<true>;
    del(key: string): Promise<null>;
    reset(): Promise<null>;
  }
  const store: {
    /** Makes its driver with `new` and `options`. */
    create<Options, Driver>(options: {
      driver: new (options: Options) => Driver;
      options: Options;
    }): MemcachedStore & { readonly memcached: Driver };
  };
  export default store;
}
