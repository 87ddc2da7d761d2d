/** Where the rows of a view are: each time it is built they get another collection, and one document says which is in use. */
import type { mongo } from 'mongoose';
import { answerOf } from './mongo-errors.js';

export interface GenerationDocument {
  readonly _id: string;
  readonly generation: number;
  /** Fence of the newest rebuild: no other one may put its generation in place. */
  readonly rebuild?: number;
}

/** Made by a migration. */
export const FIRST_GENERATION = 1;

export const collectionOf = (name: string, generation: number): string => `${name}_${generation}`;

export const generationsOf = (database: mongo.Db): mongo.Collection<GenerationDocument> => database.collection<GenerationDocument>('views');

export async function generationOf(database: mongo.Db, name: string): Promise<number> {
  return (await answerOf(generationsOf(database).findOne({ _id: name })))?.generation ?? FIRST_GENERATION;
}

export async function liveCollectionOf(database: mongo.Db, name: string): Promise<mongo.Collection> {
  return database.collection(collectionOf(name, await generationOf(database, name)));
}
