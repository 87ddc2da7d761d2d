/** Asks MongoDB on the connection of the event store; its errors become those of the store. */
import type { Connection } from 'mongoose';
import { Database } from '../database.js';
import { answerOf } from './mongo-errors.js';

export class MongoDatabase extends Database {
  constructor(private readonly connection: Connection) {
    super();
  }

  ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    return answerOf(question(this.connection));
  }
}
