/**
 * Where the log ends, as far as this process knows. It may lag behind, never run ahead: only what was read under read concern "majority" or
 * acknowledged counts, as a position past the end would leave a hole that somebody fills later.
 */
import { type AppendCollection, type AppendDocument, lastPositionOf, numbersAfter, rowAfter } from './append-document.js';
import { answerOf } from './mongo-errors.js';

const LOOK_AHEAD = 64;

export class LogEnd {
  #position: number | undefined;

  constructor(private readonly appends: AppendCollection) {}

  /** Undefined until somebody asked. */
  get position(): number | undefined {
    return this.#position;
  }

  see(document: Pick<AppendDocument, '_id' | 'versions'>): void {
    this.#position = Math.max(this.#position ?? 0, lastPositionOf(document));
  }

  /** After a lost connection: a server without replicas that was killed may have lost what nobody was told of, though it could be read. */
  forget(): void {
    this.#position = undefined;
  }

  /** The position of the newest event, 0 where there is none: as this process knows it, or asked for. */
  async known(): Promise<number> {
    return this.#position ?? (await this.#newest());
  }

  /** The position of the newest event. */
  async current(): Promise<number> {
    for (;;) {
      const position = await this.known();
      const _id = { $in: numbersAfter(position, LOOK_AHEAD) };
      const row = rowAfter(position, await answerOf(this.appends.find({ _id }, { projection: { versions: 1 } }).toArray()));
      if (row.length === 0) return position;
      for (const document of row) this.see(document);
    }
  }

  /** Whether something was stored after the known end. */
  async hasMoved(): Promise<boolean> {
    const position = await this.known();
    return (await answerOf(this.appends.findOne({ _id: position + 1 }, { projection: { _id: 1 } }))) !== null;
  }

  async #newest(): Promise<number> {
    const newest = await answerOf(this.appends.findOne({}, { sort: { _id: -1 }, projection: { versions: 1 } }));
    const position = newest ? lastPositionOf(newest) : 0;
    this.#position = Math.max(this.#position ?? 0, position);
    return this.#position;
  }
}
