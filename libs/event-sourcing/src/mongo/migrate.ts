/** Carries out what a database still lacks of the migrations, one runner at a time; each is idempotent, so that one that was killed is begun again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { DeskhandError } from '#libs/common';
import { type Lease, LeaseLost } from '../event-store.js';
import { HeldLease } from '../held-lease.js';
import type { Migration } from '../migration.js';
import { answerOf, toStoreError } from './mongo-errors.js';
import { MongoLeases } from './mongo-leases.js';
import { migrationsOf } from './schema-version.js';
import { liveCollectionOf } from './view-generations.js';

const LEASE = 'migrations';
const LEASE_MS = 10_000;
const ASK_AGAIN_MS = 250;

/**
 * @param report is told of each migration that is carried out
 * @returns how many were carried out
 * @throws DeskhandError `STORE_SCHEMA_NEW` when the database has had migrations that are not in the list, `STORE_UNAVAILABLE`
 */
export async function migrate(connection: Connection, migrations: readonly Migration[], report: (migration: Migration) => void) {
  const database = connection.getClient().db(connection.name);
  const held = await takeLease(new MongoLeases(database));
  try {
    const ledger = migrationsOf(database);
    const done = new Set((await answerOf(ledger.find({}, { projection: { _id: 1 } }).toArray())).map(({ _id }) => _id));
    const newest = Math.max(0, ...done);
    if (newest > migrations.length)
      throw new DeskhandError(
        'STORE_SCHEMA_NEW',
        `The database has version ${newest} of its collections; this program knows ${migrations.length}.`,
      );
    const missing = migrations.filter(({ number }) => !done.has(number));
    for (const migration of missing) {
      if (!held.valid) throw new LeaseLost(LEASE);
      report(migration);
      // An index over many entries takes its time: no limit but the lease, which is renewed meanwhile.
      await migration.up(database, (view) => liveCollectionOf(database, view));
      const { number: _id, name } = migration;
      await answerOf(ledger.updateOne({ _id }, { $setOnInsert: { name, doneAt: new Date() } }, { upsert: true }));
    }
    return missing.length;
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await held.release().catch(() => {});
  }
}

/** Waits while another one has it. */
async function takeLease(leases: MongoLeases): Promise<HeldLease> {
  for (;;) {
    const askedAt = performance.now();
    const lease: Lease | undefined = await leases.acquire(LEASE, LEASE_MS);
    if (lease) return new HeldLease(lease, LEASE_MS, askedAt);
    await pause(ASK_AGAIN_MS);
  }
}
