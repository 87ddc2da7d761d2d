/** What is read of a stream while others write to it. */
import { describe, expect, it } from 'vitest';
import type { AppendCollection, AppendDocument } from './append-document.js';
import { StreamReader } from './stream-reader.js';

const document = (version: number): AppendDocument =>
  ({
    _id: version * 10,
    stream: 's',
    versions: [version],
    writer: 'w',
    recordedAt: new Date(0),
    metadata: '{}',
    events: [{ id: `e${version}`, type: 'Happened', data: '{}' }],
  }) as unknown as AppendDocument;

/** Plays the collection: each look-up finds what is next in turn, the last for ever. */
function reader(...found: number[][]): StreamReader {
  const find = () => ({ toArray: async () => ((found.length > 1 ? found.shift() : found[0]) ?? []).map(document) });
  return new StreamReader({ find } as unknown as AppendCollection);
}
const versions = async (streams: StreamReader) => (await streams.read('s')).map(({ version }) => version);

describe('a stream', () => {
  it('has no holes, whatever a look-up beside an insert has missed', async () => {
    const streams = reader([1, 2], [4], [3, 4]);
    expect(await versions(streams)).toStrictEqual([1, 2]);
    expect(await versions(streams)).toStrictEqual([1, 2]);
    expect(await versions(streams)).toStrictEqual([1, 2, 3, 4]);
  });

  it('that is read for the first time has none either', async () => {
    const streams = reader([2, 3], [1, 2, 3]);
    expect(await versions(streams)).toStrictEqual([]);
    expect(await versions(streams)).toStrictEqual([1, 2, 3]);
  });

  it('is read anew when its server may have lost the end of it', async () => {
    const streams = reader([1, 2, 3], [1, 2]);
    expect(await versions(streams)).toStrictEqual([1, 2, 3]);
    streams.forget();
    expect(await versions(streams)).toStrictEqual([1, 2]);
  });
});
