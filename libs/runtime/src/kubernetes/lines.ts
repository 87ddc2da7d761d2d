/** Reads a stream of lines as they come: how the apiserver sends a watch. */

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
