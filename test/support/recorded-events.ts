/** The recorded events of test/recorded-events: one of every type and shape that was ever stored. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainEvent } from '#libs/event-sourcing';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';

export const recordedFolder = join(projectFolder(), 'test/recorded-events');

export interface RecordedFile {
  /** Kind of stream: `desktop`. */
  readonly kind: string;
  readonly file: string;
  readonly text: string;
  readonly event: DomainEvent;
}

export function recordedFiles(): readonly RecordedFile[] {
  return readdirSync(recordedFolder, { withFileTypes: true })
    .filter((item) => item.isDirectory())
    .flatMap(({ name: kind }) =>
      readdirSync(join(recordedFolder, kind)).map((file) => {
        const text = readFileSync(join(recordedFolder, kind, file), 'utf8');
        return { kind, file, text, event: JSON.parse(text) as DomainEvent };
      }),
    );
}

/** A stream of each kind with all its events: those that begin something first. */
export function recordedEvents(): Readonly<Record<string, readonly DomainEvent[]>> {
  const rank = ({ event }: RecordedFile) => Number(!/Requested$|Started$/.test(event.type) || event.type.startsWith('Application'));
  const streams: Record<string, DomainEvent[]> = {};
  for (const file of recordedFiles().toSorted((a, b) => rank(a) - rank(b))) {
    const stream = `${file.kind}-00000000-0000-4000-8000-000000000000`;
    streams[stream] = [...(streams[stream] ?? []), { type: file.event.type, data: file.event.data }];
  }
  return streams;
}
