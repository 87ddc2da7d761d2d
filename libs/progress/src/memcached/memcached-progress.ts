/**
 * Keeps progress in memcached, where every replica reads it. Each line has a key of its own; a list of ids for each topic, which grows by
 * memcached's atomic append, says which there are. Losing either loses lines, never more.
 */
import type { Cache } from '@nestjs/cache-manager';
import { Listeners } from '../listeners.js';
import { Progress, type ProgressLine } from '../progress.js';
import type { MemcachedDriver } from './memcached-driver.js';

export interface MemcachedProgressOptions {
  /** Goes before every key, so that installations can share a server. */
  readonly prefix: string;
  /** How long a line is kept. */
  readonly expireSeconds: number;
  readonly linesPerTopic?: number;
}

const LINES_PER_TOPIC = 200;
/** What ids are made of; a list of them has a comma after each. */
const ID = /^[\w-]{1,100}$/;

export class MemcachedProgress extends Progress {
  readonly #listeners = new Listeners();
  readonly #linesPerTopic: number;

  constructor(
    private readonly cache: Pick<Cache, 'set' | 'mget'>,
    private readonly driver: Pick<MemcachedDriver, 'getText' | 'setText' | 'appendText'>,
    private readonly options: MemcachedProgressOptions,
  ) {
    super();
    this.#linesPerTopic = options.linesPerTopic ?? LINES_PER_TOPIC;
  }

  async publish(topic: string, line: ProgressLine): Promise<void> {
    if (!ID.test(line.id)) throw new RangeError(`${line.id} is no id of a line`);
    const { expireSeconds } = this.options;
    const ids = await this.#ids(topic);
    if (!ids.includes(line.id)) {
      await this.cache.set(this.#lineKey(topic, line.id), line, expireSeconds * 1000);
      // Last, so that whoever finds the id finds the line. Twice the same id, from two replicas at once, is read as one.
      await this.driver.appendText(this.#listKey(topic), `${line.id},`, expireSeconds);
      if (ids.length >= 2 * this.#linesPerTopic) await this.#shorten(topic);
    }
    this.#listeners.ring(topic);
  }

  async read(topic: string, afterId = ''): Promise<readonly ProgressLine[]> {
    const ids = (await this.#ids(topic)).slice(-this.#linesPerTopic).filter((id) => id > afterId);
    if (ids.length === 0) return [];
    const lines = await this.cache.mget<ProgressLine>(ids.map((id) => this.#lineKey(topic, id)));
    return lines.filter((line) => line !== undefined && line !== null);
  }

  onPublished(topic: string, listener: () => void): () => void {
    return this.#listeners.add(topic, listener);
  }

  /** Sorted, each once. */
  async #ids(topic: string): Promise<readonly string[]> {
    const list = await this.driver.getText(this.#listKey(topic));
    return [...new Set(list.split(',').filter((id) => ID.test(id)))].sort();
  }

  /** Somebody who appends just now may lose a line by it. */
  async #shorten(topic: string): Promise<void> {
    const ids = (await this.#ids(topic)).slice(-this.#linesPerTopic);
    if (ids.length > 0) await this.driver.setText(this.#listKey(topic), ids.map((id) => `${id},`).join(''), this.options.expireSeconds);
  }

  #listKey(topic: string): string {
    return `${this.options.prefix}/progress/${topic}`;
  }

  #lineKey(topic: string, id: string): string {
    return `${this.#listKey(topic)}/${id}`;
  }
}
