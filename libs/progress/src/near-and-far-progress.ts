/**
 * Progress of this process at once, that of others as far as their store answers: who publishes never waits for a server, and who reads still
 * sees what this process knows when the server is lost.
 */
import { Progress, type ProgressLine } from './progress.js';

/** Lines on their way to the far store; beyond, they are only kept near. */
const MAX_UNDER_WAY = 1_000;

export class NearAndFarProgress extends Progress {
  #underWay = 0;

  constructor(
    private readonly near: Progress,
    private readonly far: Progress,
  ) {
    super();
  }

  async publish(topic: string, line: ProgressLine): Promise<void> {
    await this.near.publish(topic, line);
    if (this.#underWay >= MAX_UNDER_WAY) return;
    this.#underWay++;
    this.far
      .publish(topic, line)
      // What cannot be told to others is lost to them: they read the log.
      .catch(() => {})
      .finally(() => this.#underWay--);
  }

  async read(topic: string, afterId?: string): Promise<readonly ProgressLine[]> {
    const [near, far] = await Promise.all([this.near.read(topic, afterId), this.far.read(topic, afterId).catch(() => [])]);
    if (far.length === 0) return near;
    const lines = new Map([...far, ...near].map((line) => [line.id, line]));
    return [...lines.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  onPublished(topic: string, listener: () => void): () => void {
    return this.near.onPublished(topic, listener);
  }
}
