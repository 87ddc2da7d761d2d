/** Views that a database keeps for all processes: built from events by one of them, read by every one. Embedded installations have none. */
import type { Model, Schema } from 'mongoose';
import type { RecordedEvent } from './event-store.js';

/** What every row has. */
export interface ViewRow {
  readonly _id: string;
  /** Of the newest event that changed it. */
  readonly position: number;
}

/** What an event does to a row: makes it where there is none, or changes it where there is one that knows no later event. */
export type Change<Row extends ViewRow> =
  | { readonly make: Row }
  | { readonly change: Partial<Omit<Row, '_id' | 'position'>> & Pick<Row, '_id' | 'position'> };

/** What a view is made of: every view of an installation has one. How they are fed, read and built again is the same for all. */
export interface ViewDefinition<Row extends ViewRow> {
  /** Part of the names of its collections and of its subscription. */
  readonly name: string;
  /** Strict, so that a row never holds what nobody declared. Its indexes are in migrations/. */
  readonly schema: Schema<Row>;
  /** Pure. */
  changesOf(event: RecordedEvent): readonly Change<Row>[];
}

export interface PersistentView<Row> {
  /**
   * Asks the generation that is in use now, and waits for the answer, not for ever.
   *
   * @throws DeskhandError `STORE_UNAVAILABLE`
   */
  ask<Answer>(question: (rows: Model<Row>) => Promise<Answer>): Promise<Answer>;
  /** Waits a moment for what was stored before the call; the view may be behind all the same. */
  caughtUp(): Promise<void>;
  /** Stops feeding it from here; another process goes on. */
  stop(): Promise<void>;
}

export interface RebuildProgress {
  readonly position: number;
  readonly head: number;
  /** Why it does not get on just now. */
  readonly error?: string;
}

export abstract class PersistentViews {
  /** Feeds the view whenever no other process does. */
  abstract open<Row extends ViewRow>(definition: ViewDefinition<Row>): PersistentView<Row>;

  /**
   * Builds the view from the beginning, beside the one that is in use, and then has all processes use the new one.
   *
   * @throws DeskhandError `CONFLICT` while another one builds the same view
   */
  abstract rebuild<Row extends ViewRow>(definition: ViewDefinition<Row>, report: (progress: RebuildProgress) => void): Promise<void>;
}
