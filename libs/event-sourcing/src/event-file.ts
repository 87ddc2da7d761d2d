/** All events of a store as a file of JSON lines, for backups and for moving to another store: a heading, a line an event, and how many there were. */
import { z } from 'zod';
import { DeskhandError } from '#libs/common';
import type { EventStore, RecordedEvent } from './event-store.js';

const BATCH = 500;

const heading = z.strictObject({ format: z.literal('deskhand-events'), version: z.literal(1) });
const ending = z.strictObject({ events: z.int().min(0) });
const line = z.strictObject({
  position: z.int().min(1),
  stream: z.string().min(1),
  version: z.int().min(1),
  type: z.string().min(1),
  data: z.record(z.string(), z.unknown()),
  metadata: z.strictObject({ traceId: z.string().optional(), actor: z.string().optional() }),
  recordedAt: z.iso.datetime(),
});

/**
 * The lines of a store as it is when it is asked; what is appended meanwhile is left for the next time.
 *
 * @throws DeskhandError `STORE_CORRUPT`, naming where the log breaks off: a file that looks whole and is not would be no backup
 */
export async function* exportEvents(store: EventStore): AsyncGenerator<string> {
  yield JSON.stringify({ format: 'deskhand-events', version: 1 } satisfies z.infer<typeof heading>);
  const head = await store.head();
  let events = 0;
  for (let position = 0; position < head; ) {
    const page = (await store.readAll(position, BATCH)).filter((event) => event.position <= head);
    const last = page.at(-1);
    if (!last) throw new DeskhandError('STORE_CORRUPT', `Nothing can be read after position ${position}, but the log goes on to ${head}.`);
    for (const event of page) yield JSON.stringify(event);
    events += page.length;
    position = last.position;
  }
  yield JSON.stringify({ events } satisfies z.infer<typeof ending>);
}

/**
 * The events of such lines, in order.
 *
 * @throws DeskhandError `EVENT_FILE_INVALID`, naming the line, also for a file that was cut off
 */
export async function* parseEvents(lines: AsyncIterable<string>): AsyncGenerator<RecordedEvent> {
  const versions = new Map<string, number>();
  let [number, position, events, ended] = [0, 0, 0, false];
  const parse = <T>(schema: z.ZodType<T>, text: string): T => {
    const result = schema.safeParse(toJson(text));
    if (!result.success || ended) throw invalid(number, ended ? 'comes after the end' : 'is not what belongs there');
    return result.data;
  };
  for await (const text of lines) {
    number++;
    if (number === 1) parse(heading, text);
    else if (text.startsWith('{"events":')) {
      if (parse(ending, text).events !== events) throw invalid(number, `counts other than the ${events} events before it`);
      ended = true;
    } else {
      const event = parse(line, text) as RecordedEvent;
      const version = (versions.get(event.stream) ?? 0) + 1;
      if (event.version !== version) throw invalid(number, `has version ${event.version} of ${event.stream}, where ${version} belongs`);
      if (event.position <= position) throw invalid(number, 'is not in the order of positions');
      versions.set(event.stream, version);
      position = event.position;
      events++;
      yield event;
    }
  }
  if (!ended) throw invalid(number, 'is the last, and not the end');
}

/**
 * Stores events in a store that has none. Interrupted, it leaves those that it had stored: begin again with an empty store.
 *
 * @returns how many
 * @throws DeskhandError `STORE_NOT_EMPTY`; `EVENT_FILE_INVALID` of the events' source
 */
export async function importEvents(store: EventStore, events: AsyncIterable<RecordedEvent>): Promise<number> {
  let [head, count] = [await store.restore(0, []), 0];
  let batch: RecordedEvent[] = [];
  const flush = async () => {
    if (batch.length > 0) head = await store.restore(head, batch);
    count += batch.length;
    batch = [];
  };
  for await (const event of events) {
    batch.push(event);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return count;
}

const invalid = (number: number, fault: string): DeskhandError => new DeskhandError('EVENT_FILE_INVALID', `Line ${number} ${fault}.`);

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
