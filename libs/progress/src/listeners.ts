/** Who wants to know at once that something was said on a topic in this process. */
export class Listeners {
  readonly #byTopic = new Map<string, Set<() => void>>();

  /** @returns what ends the calls */
  add(topic: string, listener: () => void): () => void {
    // A function of its own each time, so that the same listener can be there twice.
    const own = () => listener();
    const listeners = this.#byTopic.get(topic) ?? new Set();
    this.#byTopic.set(topic, listeners.add(own));
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#byTopic.get(topic) === listeners) this.#byTopic.delete(topic);
    };
  }

  ring(topic: string): void {
    for (const listener of [...(this.#byTopic.get(topic) ?? [])]) listener();
  }
}
