import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextRing } from './text-ring.js';

test('remembers the newest bytes and no more, however they came', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 30 }), { maxLength: 600 }), fc.integer({ min: 1, max: 200 }), (chunks, limit) => {
      const ring = new TextRing(limit);
      for (const chunk of chunks) ring.write(Buffer.from(chunk, 'ascii'));
      expect(ring.toString()).toBe(
        Buffer.from(chunks.join(''), 'ascii')
          .subarray(-limit)
          .toString('ascii')
          .replace(/^[\x80-\xbf]+/, ''),
      );
    }),
  );
});

test('starts with a whole character and ends with whole lines', () => {
  const ring = new TextRing(9);
  ring.write(Buffer.from('x世界\n\nabc\n'));
  expect(ring.toString()).toBe('界\n\nabc\n');
  expect(ring.lastLines(1)).toEqual(['abc']);
});
