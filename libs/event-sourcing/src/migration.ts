/** One step by which the collections of MongoDB become what the next version of Deskhand needs. They are in the folder migrations. */
import type { mongo } from 'mongoose';

export interface Migration {
  /** 1 for the first; without gaps. */
  readonly number: number;
  /** What it brings, in a few words. */
  readonly name: string;
  /** Must bear being carried out again from any point, and programs of the version before it working meanwhile. */
  up(database: mongo.Db): Promise<void>;
}
