/** What is kept of a stream, in whatever pieces it comes. */
import { expect, test } from 'vitest';
import { lastOf } from './lines.js';

const inPieces = async function* (text: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
};

test.each([1, 3, 7, 10, 64, 1_000])('the last bytes of a stream in pieces of %i', async (size) => {
  const text = Array.from({ length: 100 }, (_, index) => `line ${index}`).join();
  expect((await lastOf(inPieces(text, size), 10)).toString()).toBe(text.slice(-10));
  expect((await lastOf(inPieces(text, size), 10_000)).toString()).toBe(text);
});
