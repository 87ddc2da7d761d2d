/** Keeps progress in this process. Beyond its bounds the oldest lines of a topic go, and the topics that were used longest ago. */
import { LRUCache } from 'lru-cache';
import { Listeners } from '../listeners.js';
import { Progress, type ProgressLine } from '../progress.js';

export interface MemoryProgressBounds {
  readonly topics: number;
  readonly linesPerTopic: number;
}

export class MemoryProgress extends Progress {
  readonly #bounds: MemoryProgressBounds;
  readonly #topics: LRUCache<string, readonly ProgressLine[]>;
  readonly #listeners = new Listeners();

  constructor(bounds: MemoryProgressBounds = { topics: 2_000, linesPerTopic: 200 }) {
    super();
    this.#bounds = bounds;
    this.#topics = new LRUCache({ max: bounds.topics });
  }

  async publish(topic: string, line: ProgressLine): Promise<void> {
    const lines = this.#topics.get(topic) ?? [];
    if (lines.some(({ id }) => id === line.id)) return;
    // A line that comes late, from a publisher that was slower, still takes its place.
    const place = lines.findLastIndex(({ id }) => id < line.id) + 1;
    this.#topics.set(topic, lines.toSpliced(place, 0, line).slice(-this.#bounds.linesPerTopic));
    this.#listeners.ring(topic);
  }

  async read(topic: string, afterId = ''): Promise<readonly ProgressLine[]> {
    return (this.#topics.get(topic) ?? []).filter(({ id }) => id > afterId);
  }

  onPublished(topic: string, listener: () => void): () => void {
    return this.#listeners.add(topic, listener);
  }
}
