import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cleanText } from './untrusted-text.js';

test('bounds any text in code points and leaves no control characters in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.nat({ max: 400 }), (text, limit) => {
      const clean = cleanText(text, limit);
      expect([...clean].length).toBeLessThanOrEqual(limit);
      expect(clean).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      expect(clean.isWellFormed()).toBe(true);
    }),
  );
});

test('keeps what people write', () => {
  expect(cleanText('Grüße, 世界 🌍 <b>')).toBe('Grüße, 世界 🌍 <b>');
  expect(cleanText('a\u0000\u001b[31mb\u202egpj.exe')).toBe('a  [31mb gpj.exe');
  expect(cleanText('🌍🌍🌍', 2)).toBe('🌍🌍');
});
