/** The database that the events are in, for what other libs keep there beside events and views. Embedded installations have none. */
import type { Connection } from 'mongoose';

export abstract class Database {
  /**
   * Waits for the answer, not for ever.
   *
   * @throws DeskhandError `STORE_UNAVAILABLE`; what was asked for may still be carried out
   */
  abstract ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer>;
}
