/** Keeps the newest output of a program and forgets the rest, so that a talkative program costs bounded memory. */
export class TextRing {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;

  /** @param limit bytes to remember */
  constructor(limit: number) {
    this.#limit = limit;
  }

  write(chunk: Buffer): void {
    // Copied: a small piece would otherwise keep the whole read buffer alive.
    const kept = Buffer.from(chunk.subarray(-this.#limit));
    this.#chunks.push(kept);
    this.#size += kept.length;
    // Joined when many, or a thousand single bytes would cost a thousand objects.
    if (this.#chunks.length > 256) this.#chunks = [this.#newest()];
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#limit) this.#size -= this.#chunks.shift()?.length ?? 0;
  }

  #newest(): Buffer {
    const all = Buffer.concat(this.#chunks).subarray(-this.#limit);
    this.#size = all.length;
    return all;
  }

  /** The newest bytes as UTF-8, from the first whole character on. */
  toString(): string {
    let bytes = Buffer.concat(this.#chunks).subarray(-this.#limit);
    while (bytes.length > 0 && ((bytes[0] ?? 0) & 0xc0) === 0x80) bytes = bytes.subarray(1);
    return bytes.toString('utf8');
  }

  /** The last lines that say something. */
  lastLines(count: number): string[] {
    return this.toString()
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .slice(-count);
  }
}
