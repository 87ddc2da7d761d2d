/** One step by which the collections of MongoDB become what the next version of Deskhand needs. They are in the folder migrations. */
import type { mongo } from 'mongoose';

/** The collection that holds the rows of a view now: another one since it was built again. */
export type LiveCollections = (view: string) => Promise<mongo.Collection>;

export interface Migration {
  /** 1 for the first; without gaps. */
  readonly number: number;
  /** What it brings, in a few words. */
  readonly name: string;
  /** Must bear being carried out again from any point, and programs of the version before it working meanwhile. */
  up(database: mongo.Db, live: LiveCollections): Promise<void>;
}
