/** The floors of the events benchmark: the same durable writes in the same groups, the same reads, by hand. */
import { DatabaseSync } from 'node:sqlite';
import type { DomainEvent } from '#libs/event-sourcing';

export interface Floor {
  /** Appends in groups for so long; returns how many. */
  append(forMs: number, group: number, event: DomainEvent): number;
  /** Reads and parses all events; returns how many. */
  read(): number;
  close(): void;
}

/**
 * @param file is made, with the table and the pragmas of the store
 * @param filled a store's own file, to read from
 */
export function sqliteFloor(file: string, filled: string): Floor {
  const database = new DatabaseSync(file);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE events (position INTEGER PRIMARY KEY AUTOINCREMENT, stream TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL,
      data TEXT NOT NULL, metadata TEXT NOT NULL, recorded_at TEXT NOT NULL, UNIQUE (stream, version)) STRICT;`);
  const insert = database.prepare('INSERT INTO events (stream, version, type, data, metadata, recorded_at) VALUES (?, ?, ?, ?, ?, ?)');
  const source = new DatabaseSync(filled, { readOnly: true });
  let version = 0;
  return {
    append(forMs, group, { type, data }) {
      const [until, before] = [performance.now() + forMs, version];
      while (performance.now() < until) {
        database.exec('BEGIN IMMEDIATE');
        version++;
        for (let writer = 0; writer < group; writer++) {
          insert.run(`writer-${writer}`, version, type, JSON.stringify(data), '{}', new Date().toISOString());
        }
        database.exec('COMMIT');
      }
      return (version - before) * group;
    },
    read() {
      let count = 0;
      for (const { data } of source.prepare('SELECT * FROM events ORDER BY position').iterate()) {
        if (JSON.parse(String(data))) count++;
      }
      return count;
    },
    close() {
      database.close();
      source.close();
    },
  };
}

/** @param events how many there are to read */
export function memoryFloor(events: number, event: DomainEvent): Floor {
  const filled = Array.from({ length: events }, () => JSON.stringify(event.data));
  return {
    append(forMs, _group, { data }) {
      const texts: string[] = [];
      for (const until = performance.now() + forMs; performance.now() < until; ) texts.push(JSON.stringify(data));
      return texts.length;
    },
    read: () => filled.filter((text) => JSON.parse(text)).length,
    close() {},
  };
}
