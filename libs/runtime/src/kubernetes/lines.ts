/** Reads streams as they come, and keeps no more of them than is wanted: lines of a watch, the end of a log. */

/**
 * @param onBytes called whenever anything came, a whole line or not
 * @throws when a line is longer than `maxLength` characters
 */
export async function* readLines(stream: AsyncIterable<Uint8Array>, maxLength: number, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    onBytes();
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLength) throw new Error('the apiserver sent a line without an end');
    yield* lines.filter((line) => line !== '');
  }
}

/** The last bytes of a stream, however long it is. */
export async function lastOf(stream: AsyncIterable<Uint8Array>, limitBytes: number): Promise<Buffer> {
  let kept: Uint8Array[] = [];
  let length = 0;
  for await (const bytes of stream) {
    kept.push(bytes);
    length += bytes.length;
    // Not each time: each byte is copied a few times at most.
    if (length > 4 * limitBytes) {
      kept = [Buffer.concat(kept).subarray(-limitBytes)];
      length = limitBytes;
    }
  }
  return Buffer.concat(kept).subarray(-limitBytes);
}
