/**
 * Speaks to memcached as cache-manager-memcached-store wants it, and never keeps anybody waiting: a server that is down, slow or full is a miss.
 * Keys go over the wire as they are, but long ones and those with characters that the protocol does not take as their hash.
 */
import { createHash } from 'node:crypto';
import memjs, { type Client } from 'memjs';

export interface MemcachedOptions {
  /** `host:port` of each; keys are spread over them. */
  readonly servers: readonly string[];
  /** Told when the servers stop answering, and when they answer again. */
  readonly onChange?: (isAnswering: boolean, reason?: Error) => void;
  /** Milliseconds for one call. */
  readonly timeoutMs?: number;
}

type Call<T> = (client: Client, callback: (error: Error | null, result: T) => void) => void;

const TIMEOUT_MS = 500;
/** After a failure nobody is asked for so long: a server that hangs costs one time-out a second, not one a line. */
const REST_MS = 1_000;
/** Calls on their way; more is a server that cannot keep up. */
const MAX_CALLS = 2_000;
/** memcached's own bound. */
const LONGEST_KEY = 250;

export class MemcachedDriver {
  readonly #options: MemcachedOptions;
  #client: Client | undefined;
  #calls = 0;
  #restUntil = 0;
  #isAnswering = true;
  #hasEnded = false;

  constructor(options: MemcachedOptions) {
    this.#options = options;
  }

  /** Undefined for what is not there, and whenever it cannot be asked. */
  async get(key: string): Promise<unknown> {
    const bytes = await this.#call<Buffer | null>((client, callback) => client.get(wireKey(key), callback));
    return bytes ? parse(bytes.toString('utf8')) : undefined;
  }

  getMulti(keys: readonly string[]): Promise<readonly unknown[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  /** @param ttl seconds */
  async set(key: string, value: unknown, ttl: number): Promise<void> {
    await this.#call<boolean>((client, callback) => client.set(wireKey(key), JSON.stringify(value), { expires: ttl }, callback));
  }

  async delete(key: string): Promise<void> {
    await this.#call<boolean>((client, callback) => client.delete(wireKey(key), callback));
  }

  async deleteMulti(keys: readonly string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.delete(key)));
  }

  /** Text at the end of a text, in one atomic step, though many do so at once. @param ttl seconds from this piece on: what is long ago may not take the newest with it */
  async appendText(key: string, text: string, ttl: number): Promise<void> {
    const added = await this.#call<boolean>((client, callback) => client.add(wireKey(key), text, { expires: ttl }, callback));
    if (added !== false) return;
    await this.#call<boolean>((client, callback) => client.append(wireKey(key), text, callback));
    await this.#call<boolean>((client, callback) => client.touch(wireKey(key), ttl, callback));
  }

  /** Puts the text in the place of whatever is there. @param ttl seconds */
  async setText(key: string, text: string, ttl: number): Promise<void> {
    await this.#call<boolean>((client, callback) => client.set(wireKey(key), text, { expires: ttl }, callback));
  }

  async getText(key: string): Promise<string> {
    const bytes = await this.#call<Buffer | null>((client, callback) => client.get(wireKey(key), callback));
    return bytes?.toString('utf8') ?? '';
  }

  /** Hangs up; what comes later is a miss. */
  end(): void {
    this.#hasEnded = true;
    this.#hangUp(new Error('this process ends'));
  }

  /** Undefined when it failed, for whatever reason. */
  async #call<T>(call: Call<T>): Promise<T | undefined> {
    if (this.#hasEnded || this.#calls >= MAX_CALLS || performance.now() < this.#restUntil) return undefined;
    this.#client ??= this.#connect();
    const client = this.#client;
    this.#calls++;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => reject(new Error('it did not answer in time')), this.#options.timeoutMs ?? TIMEOUT_MS);
    try {
      call(client, (error, result) => (error ? reject(error) : resolve(result)));
      const result = await promise;
      this.#turn(true);
      return result;
    } catch (error) {
      // Only the first of those that failed together: the others were on the same connections.
      if (client === this.#client && !isRefusal(error as Error)) this.#rest(error as Error);
      return undefined;
    } finally {
      clearTimeout(timer);
      this.#calls--;
    }
  }

  #connect(): Client {
    // Its own time-out leaves connections open that nobody answers on; ours comes first.
    const options = { timeout: (10 * (this.#options.timeoutMs ?? TIMEOUT_MS)) / 1000, retries: 1, logger: { log: () => {} } };
    return memjs.Client.create(this.#options.servers.join(','), options);
  }

  #rest(reason: Error): void {
    this.#restUntil = performance.now() + REST_MS;
    this.#turn(false, reason);
    this.#hangUp(reason);
  }

  /** For good: half an answer that memjs has kept would be taken for the beginning of the next. */
  #hangUp(reason: Error): void {
    const client = this.#client;
    this.#client = undefined;
    for (const server of client?.servers ?? []) server.error(reason);
  }

  #turn(isAnswering: boolean, reason?: Error): void {
    if (isAnswering === this.#isAnswering) return;
    this.#isAnswering = isAnswering;
    this.#options.onChange?.(isAnswering, reason);
  }
}

/** An answer all the same, such as that its memory is full: memjs puts its own name before what the server said. */
const isRefusal = ({ message }: Error): boolean => message.startsWith('MemJS ');

/** Visible ASCII is what memcached takes. */
const wireKey = (key: string): string =>
  key.length <= LONGEST_KEY && /^[\x21-\x7e]+$/.test(key) ? key : `sha256-${createHash('sha256').update(key).digest('base64url')}`;

/** What others have written under our keys is none of ours. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
