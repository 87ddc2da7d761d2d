/** What operators see and say of subscriptions: a row for each event that one of them cannot get past. */
import type { DatabaseSync } from 'node:sqlite';
import type { Instruction, Supervision, Trouble } from '../supervision.js';

export interface Access {
  read<T>(query: () => T): Promise<T>;
  write<T>(work: () => T): Promise<T>;
}

type Row = Omit<Trouble, 'instruction'> & { readonly instruction: string | null };

export function sqliteSupervision(database: DatabaseSync, { read, write }: Access): Supervision {
  const put = database.prepare(`
    INSERT INTO troubles (subscription, position, stream, type, error, since) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (subscription, position) DO UPDATE SET error = excluded.error`);
  const remove = database.prepare('DELETE FROM troubles WHERE subscription = ? AND position = ?');
  const all = database.prepare('SELECT * FROM troubles ORDER BY subscription, position');
  const one = database.prepare('SELECT instruction FROM troubles WHERE subscription = ? AND position = ?');
  const instruct = database.prepare('UPDATE troubles SET instruction = ? WHERE subscription = ? AND position = ?');
  const positions = database.prepare('SELECT name, position FROM checkpoints ORDER BY name');
  const parse = (text: string | null | undefined): Instruction | undefined => (text ? JSON.parse(text) : undefined);
  const instructionOf = (subscription: string, position: number) => parse(one.get(subscription, position)?.instruction as string | null);
  return {
    report: ({ subscription, position, stream, type, error, since }) =>
      write(() => void put.run(subscription, position, stream, type, error, since)),
    clear: (subscription, position) =>
      write(() => {
        if (instructionOf(subscription, position)?.kind !== 'skip') remove.run(subscription, position);
      }),
    troubles: () =>
      read(() =>
        (all.all() as unknown as Row[]).map(({ instruction: text, ...trouble }) => {
          const instruction = parse(text);
          return { ...trouble, ...(instruction ? { instruction } : {}) };
        }),
      ),
    instruct: (subscription, position, kind) =>
      write(() => {
        const last = instructionOf(subscription, position);
        const next: Instruction = kind === 'skip' ? { kind } : { kind, number: (last?.kind === 'retry' ? last.number : 0) + 1 };
        return instruct.run(JSON.stringify(next), subscription, position).changes === 1;
      }),
    instruction: (subscription, position) => read(() => instructionOf(subscription, position)),
    positions: () => read(() => positions.all() as unknown as { name: string; position: number }[]),
  };
}
