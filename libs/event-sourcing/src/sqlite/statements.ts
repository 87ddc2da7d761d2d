/** All SQL of the store after its schema, prepared once and typed. */
import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from '../stored-event.js';

const COLUMNS = 'position, stream, version, type, data, metadata, recorded_at AS recordedAt';

export function prepareStatements(database: DatabaseSync) {
  const ofStream = database.prepare(`SELECT ${COLUMNS} FROM events WHERE stream = ? AND version > ? ORDER BY version`);
  const ofAll = database.prepare(`SELECT ${COLUMNS} FROM events WHERE position > ? ORDER BY position LIMIT ?`);
  const head = database.prepare('SELECT coalesce(max(position), 0) AS position FROM events');
  const last = database.prepare('SELECT version, position FROM events WHERE stream = ? ORDER BY version DESC LIMIT 1');
  const insert = database.prepare('INSERT INTO events (stream, version, type, data, metadata, recorded_at) VALUES (?, ?, ?, ?, ?, ?)');

  const lease = database.prepare('SELECT owner, expires_at AS expiresAt FROM leases WHERE name = ?');
  const leasesAfter = database.prepare('SELECT name, owner FROM leases WHERE expires_at > ?');
  const takeLease = database.prepare(`
    INSERT INTO leases (name, owner, fence, expires_at) VALUES (?, ?, 1, ?)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, fence = fence + 1, expires_at = excluded.expires_at
    RETURNING fence`);
  // A lease that was given back stays, with the time 0, so that the next holder's fence is a higher one.
  const renewLease = database.prepare('UPDATE leases SET expires_at = ? WHERE name = ? AND fence = ? AND expires_at > 0');
  const releaseLease = database.prepare('UPDATE leases SET expires_at = 0 WHERE name = ? AND fence = ?');

  const claimCheckpoint = database.prepare(`
    INSERT INTO checkpoints (name, position, fence) VALUES (?, 0, ?)
    ON CONFLICT (name) DO UPDATE SET fence = excluded.fence WHERE fence <= excluded.fence
    RETURNING position`);
  const saveCheckpoint = database.prepare('UPDATE checkpoints SET position = ? WHERE name = ? AND fence = ?');
  const anyCheckpoint = database.prepare('SELECT name FROM checkpoints WHERE position > 0 LIMIT 1');

  return {
    ofStream: (stream: string, afterVersion: number) => ofStream.all(stream, afterVersion) as unknown as StoredEvent[],
    ofAll: (afterPosition: number, limit: number) => ofAll.all(afterPosition, limit) as unknown as StoredEvent[],
    head: () => Number(head.get()?.position),
    last: (stream: string) => (last.get(stream) ?? { version: 0, position: 0 }) as { version: number; position: number },
    /** @returns the position */
    insert: (event: Omit<StoredEvent, 'position'>) =>
      Number(insert.run(event.stream, event.version, event.type, event.data, event.metadata, event.recordedAt).lastInsertRowid),

    lease: (name: string) => lease.get(name) as { owner: string; expiresAt: number } | undefined,
    leasesAfter: (time: number) => leasesAfter.all(time) as { name: string; owner: string }[],
    /** @returns the fence */
    takeLease: (name: string, owner: string, expiresAt: number) => Number(takeLease.get(name, owner, expiresAt)?.fence),
    /** @returns false when the fence is no longer the present one */
    renewLease: (name: string, fence: number, expiresAt: number) => renewLease.run(expiresAt, name, fence).changes === 1,
    releaseLease: (name: string, fence: number): void => {
      releaseLease.run(name, fence);
    },

    /** @returns the name of one that has moved */
    anyCheckpoint: () => anyCheckpoint.get()?.name as string | undefined,
    /** @returns the position; undefined when a higher fence is there */
    claimCheckpoint: (name: string, fence: number) => claimCheckpoint.get(name, fence)?.position as number | undefined,
    /** @returns false when the fence is not the present one */
    saveCheckpoint: (name: string, fence: number, position: number) => saveCheckpoint.run(position, name, fence).changes === 1,
  };
}
