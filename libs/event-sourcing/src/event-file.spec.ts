/** What is no file of exported events, and what is no log to export. Those that are one are the contract's matter. */
import { expect, it } from 'vitest';
import { exportEvents, parseEvents } from './event-file.js';
import type { RecordedEvent } from './event-store.js';
import { MemoryEventStore } from './memory/memory-event-store.js';

const heading = '{"format":"deskhand-events","version":1}';
const event = (change: object = {}) =>
  JSON.stringify({
    ...{ position: 1, stream: 'a', version: 1, type: 'T', data: {}, metadata: {}, recordedAt: '2026-01-01T00:00:00.000Z' },
    ...change,
  });
const end = (events: number) => JSON.stringify({ events });

async function parse(...lines: readonly string[]): Promise<number> {
  let count = 0;
  async function* given() {
    yield* lines;
  }
  for await (const _ of parseEvents(given())) count++;
  return count;
}

it('takes what was exported', async () => {
  expect(await parse(heading, end(0))).toBe(0);
  expect(await parse(heading, event(), event({ position: 5, version: 2 }), event({ position: 6, stream: 'b' }), end(3))).toBe(3);
});

it.each([
  ['nothing', [], 'Line 0 '],
  ['another file', ['hello'], 'Line 1 '],
  ['a later format', ['{"format":"deskhand-events","version":2}', end(0)], 'Line 1 '],
  ['a file that was cut off between lines', [heading, event()], 'Line 2 '],
  ['a file that was cut off in a line', [heading, event().slice(0, -5)], 'Line 2 '],
  ['a file that lacks a line', [heading, event(), end(2)], 'Line 3 '],
  ['a file with something after its end', [heading, end(0), event()], 'Line 3 '],
  ['an event of an impossible version', [heading, event({ version: 2 }), end(1)], 'version 2 of a'],
  ['events out of order', [heading, event({ position: 2 }), event({ position: 1, stream: 'b' }), end(2)], 'Line 3 '],
  ['an event with something missing', [heading, event({ type: undefined }), end(1)], 'Line 2 '],
])('refuses %s, and says where', async (_, lines, detail) => {
  await expect(parse(...lines)).rejects.toMatchObject({ code: 'EVENT_FILE_INVALID', detail: expect.stringContaining(detail) });
});

it('exports no log that breaks off before its end, and says where', async () => {
  // Damage that no adapter can be made to have by its own means.
  class BrokenStore extends MemoryEventStore {
    override async readAll(afterPosition: number, limit: number): Promise<readonly RecordedEvent[]> {
      return (await super.readAll(afterPosition, limit)).filter(({ position }) => position <= 2);
    }
  }
  const store = new BrokenStore();
  await store.append(
    'a',
    0,
    [1, 2, 3].map((number) => ({ type: 'T', data: { number } })),
  );
  const lines: string[] = [];
  const exporting = (async () => {
    for await (const line of exportEvents(store)) lines.push(line);
  })();
  await expect(exporting).rejects.toMatchObject({ code: 'STORE_CORRUPT', detail: expect.stringContaining('position 2') });
  expect(lines).toHaveLength(3);
  await store.close();
});
