/** Views in collections of MongoDB. Each time a view is built it is another generation: a collection, a subscription and a checkpoint of its own. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AnyBulkWriteOperation, Connection, Model, mongo } from 'mongoose';
import { DeskhandError } from '#libs/common';
import type { EventStore, Subscription } from '../event-store.js';
import { HeldLease } from '../held-lease.js';
import {
  type Change,
  type PersistentView,
  PersistentViews,
  type RebuildProgress,
  type ViewDefinition,
  type ViewRow,
} from '../persistent-views.js';
import { answerOf, isDuplicate } from './mongo-errors.js';
import { collectionOf, FIRST_GENERATION, generationOf, generationsOf } from './view-generations.js';

/** After this time every process uses the generation that a rebuild has put in place. */
const LOOK_EVERY_MS = 1_000;
/** How long a reader waits for the view; then it may be behind. */
const CAUGHT_UP_WITHIN_MS = 1_500;
const ASK_AGAIN_MS = 25;
const REPORT_EVERY_MS = 500;
/** After a rebuild was killed the next one has to wait so long at most. */
const REBUILD_LEASE_MS = 4_000;

const takenOver = (name: string) => new DeskhandError('CONFLICT', `Somebody else has begun to build ${name} again meanwhile.`);
const subscriptionOf = (name: string, generation: number): string => `view-${name}@${generation}`;

/** A generation of a view: where its rows are, and what feeds it. */
class Generation<Row extends ViewRow> {
  readonly rows: Model<Row>;
  readonly feeding: Subscription;

  constructor(
    connection: Connection,
    store: EventStore,
    { name, schema, changesOf }: ViewDefinition<Row>,
    readonly number: number,
  ) {
    const collection = collectionOf(name, number);
    this.rows = (connection.models[collection] as Model<Row> | undefined) ?? connection.model<Row>(collection, schema, collection);
    this.feeding = store.react({
      name: subscriptionOf(name, number),
      handle: (event) => this.#apply(changesOf(event)),
      handleAll: (events) => this.#apply(events.flatMap(changesOf)),
    });
  }

  async #apply(changes: readonly Change<Row>[]): Promise<void> {
    // Rows that are made go in one insert, as far as no change comes between: a server takes that far faster than as many upserts.
    for (const run of runsOf(changes)) {
      const writes = run.map(toWrite) as AnyBulkWriteOperation<mongo.Document>[];
      const rows = this.rows as unknown as Model<mongo.Document>;
      const written = answerOf(rows.bulkWrite(writes, { ordered: false, strict: 'throw', throwOnValidationError: true }));
      await written.catch((error) => (isThereAlready(error) ? undefined : Promise.reject(error)));
    }
  }
}

/** Both may be carried out again, by a runner that was stalled too: what is there stays, and what is newer wins. */
function toWrite<Row extends ViewRow>(change: Change<Row>) {
  if ('make' in change) return { insertOne: { document: change.make } };
  const { _id, ...set } = change.change;
  return { updateOne: { filter: { _id, position: { $lt: set.position } }, update: { $set: set } } };
}

/** Parts in which nothing depends on the order: all make, or each changes another row. */
function runsOf<Row extends ViewRow>(changes: readonly Change<Row>[]): readonly (readonly Change<Row>[])[] {
  const runs: Change<Row>[][] = [];
  let ids = new Set<string>();
  for (const change of changes) {
    const last = runs.at(-1);
    const id = 'make' in change ? change.make._id : change.change._id;
    const fits = last?.[0] && 'make' in last[0] === 'make' in change && ('make' in change || !ids.has(id));
    if (!fits) {
      runs.push([]);
      ids = new Set();
    }
    runs.at(-1)?.push(change);
    ids.add(id);
  }
  return runs;
}

/** Rows that an earlier try had made, and nothing else. */
function isThereAlready(error: unknown): boolean {
  if (!isDuplicate(error)) return false;
  const { writeErrors } = error as mongo.MongoBulkWriteError;
  return [writeErrors].flat().every(({ code }) => code === (error as mongo.MongoBulkWriteError).code);
}

class MongoView<Row extends ViewRow> implements PersistentView<Row> {
  #generation: Promise<Generation<Row>> | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #stopped = false;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly views: MongoViews,
    private readonly definition: ViewDefinition<Row>,
  ) {
    this.#timer = setInterval(() => void this.#current().catch(() => {}), LOOK_EVERY_MS);
    void this.#current().catch(() => {});
  }

  async ask<Answer>(question: (rows: Model<Row>) => Promise<Answer>): Promise<Answer> {
    const { rows } = await this.#current();
    return answerOf(question(rows));
  }

  async caughtUp(): Promise<void> {
    const { feeding, number } = await this.#current();
    const head = await this.views.store.head();
    const name = subscriptionOf(this.definition.name, number);
    for (const until = performance.now() + CAUGHT_UP_WITHIN_MS; performance.now() < until; await pause(ASK_AGAIN_MS)) {
      if (feeding.state().position >= head || (await this.views.checkpointOf(name)) >= head) return;
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    const generation = await this.#generation?.catch(() => undefined);
    await generation?.feeding.stop();
  }

  /** Goes over to another generation where a rebuild has put one in place. One look at a time. */
  #current(): Promise<Generation<Row>> {
    if (this.#generation && (this.#stopped || performance.now() - this.#lookedAt < LOOK_EVERY_MS)) return this.#generation;
    this.#lookedAt = performance.now();
    const last = this.#generation;
    const next = this.#next(last);
    this.#generation = next;
    next.catch(() => {
      // The database is away: what was in use stays in use.
      if (this.#generation === next) this.#generation = last;
    });
    return next;
  }

  async #next(last: Promise<Generation<Row>> | undefined): Promise<Generation<Row>> {
    const present = await last?.catch(() => undefined);
    const number = await this.views.generationOf(this.definition.name).catch((error) => present?.number ?? Promise.reject(error));
    if (present?.number === number) return present;
    const next = new Generation(this.views.connection, this.views.store, this.definition, number);
    await present?.feeding.stop();
    return next;
  }
}

export class MongoViews extends PersistentViews {
  readonly #database: mongo.Db;

  constructor(
    readonly connection: Connection,
    readonly store: EventStore,
  ) {
    super();
    this.#database = connection.getClient().db(connection.name);
  }

  open<Row extends ViewRow>(definition: ViewDefinition<Row>): PersistentView<Row> {
    return new MongoView(this, definition);
  }

  async rebuild<Row extends ViewRow>(definition: ViewDefinition<Row>, report: (progress: RebuildProgress) => void): Promise<void> {
    const { name } = definition;
    const askedAt = performance.now();
    const lease = await this.store.acquireLease(`rebuild-${name}`, REBUILD_LEASE_MS);
    if (!lease) throw new DeskhandError('CONFLICT', `Somebody else is building ${name} again.`);
    const held = new HeldLease(lease, REBUILD_LEASE_MS, askedAt);
    const mustHold = () => {
      if (!held.valid) throw takenOver(name);
    };
    try {
      const old = await this.#claim(name, held.fence);
      await this.#forgetAllBut(name, old);
      // Of its own, so that nothing which an earlier one still does can get into it.
      const next = FIRST_GENERATION + held.fence;
      await this.#copyIndexes(collectionOf(name, old), collectionOf(name, next));
      await this.#copySkips(subscriptionOf(name, old), subscriptionOf(name, next));
      const { feeding } = new Generation(this.connection, this.store, definition, next);
      try {
        await this.#follow(feeding, report, mustHold);
      } finally {
        await feeding.stop();
      }
      await this.#putInPlace(name, next, held.fence);
      // Until nobody reads the old one any more.
      await pause(3 * LOOK_EVERY_MS);
      await this.#forget(name, old);
    } finally {
      await held.release().catch(() => {});
    }
  }

  /** From now on no earlier rebuild can put in place what it has built. @returns the generation that is in use */
  async #claim(name: string, fence: number): Promise<number> {
    const claimed = generationsOf(this.#database).findOneAndUpdate(
      { _id: name },
      { $max: { rebuild: fence }, $setOnInsert: { generation: FIRST_GENERATION } },
      { upsert: true, returnDocument: 'after' },
    );
    return (await answerOf(claimed))?.generation ?? FIRST_GENERATION;
  }

  async #putInPlace(name: string, generation: number, rebuild: number): Promise<void> {
    const change = generationsOf(this.#database).updateOne({ _id: name, rebuild }, { $set: { generation } });
    if ((await answerOf(change)).matchedCount === 0) throw takenOver(name);
  }

  generationOf(name: string): Promise<number> {
    return generationOf(this.#database, name);
  }

  async checkpointOf(subscription: string): Promise<number> {
    const checkpoints = this.#database.collection<{ _id: string; position: number }>('checkpoints');
    return (await answerOf(checkpoints.findOne({ _id: subscription })))?.position ?? 0;
  }

  async #follow(feeding: Subscription, report: (progress: RebuildProgress) => void, mustHold: () => void): Promise<void> {
    const head = await this.store.head();
    for (;;) {
      mustHold();
      const { position, error } = feeding.state();
      report({ position, head, ...(error === undefined ? {} : { error }) });
      if (position >= head) return;
      await pause(REPORT_EVERY_MS);
    }
  }

  async #copyIndexes(from: string, to: string): Promise<void> {
    await this.#database.createCollection(to);
    const indexes = await this.#database.collection(from).listIndexes().toArray();
    const declared = indexes.filter(({ name }) => name !== '_id_');
    for (const { key, name, unique } of declared)
      await this.#database.collection(to).createIndex(key, { name, ...(unique ? { unique } : {}) });
  }

  /** What operators had left out hurts the next generation too. */
  async #copySkips(from: string, to: string): Promise<void> {
    const { supervision } = this.store;
    for (const { instruction, ...trouble } of await supervision.troubles()) {
      if (trouble.subscription !== from || instruction?.kind !== 'skip') continue;
      await supervision.report({ ...trouble, subscription: to });
      await supervision.instruct(to, trouble.position, 'skip');
    }
  }

  /** What is left of rebuilds that were killed. */
  async #forgetAllBut(name: string, generation: number): Promise<void> {
    const collections = await answerOf(this.#database.listCollections({}, { nameOnly: true }).toArray());
    const prefix = `${name}_`;
    for (const collection of collections) {
      const number = collection.name.startsWith(prefix) ? Number(collection.name.slice(prefix.length)) : Number.NaN;
      if (Number.isInteger(number) && number !== generation) await this.#forget(name, number);
    }
  }

  async #forget(name: string, generation: number): Promise<void> {
    await answerOf(this.#database.collection(collectionOf(name, generation)).drop());
    await answerOf(this.#database.collection<{ _id: string }>('checkpoints').deleteOne({ _id: subscriptionOf(name, generation) }));
    await answerOf(this.#database.collection('troubles').deleteMany({ subscription: subscriptionOf(name, generation) }));
  }
}
