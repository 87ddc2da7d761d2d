import fc from 'fast-check';
import { expect, test } from 'vitest';
import { failureReport } from './failure-report.js';

test('says all that fits', () => {
  expect(failureReport('DISPLAY_ENDED', 'Xvnc "ended".')).toBe('{"code":"DISPLAY_ENDED","detail":"Xvnc \\"ended\\"."}');
  const whole = 'x'.repeat(4096 - failureReport('C', '').length);
  expect(JSON.parse(failureReport('C', whole)).detail).toBe(whole);
});

test('is JSON of 4096 bytes at most and nearly as many, however long the detail and whatever is in it', () => {
  const part = fc.constantFrom('a', 'ü', '世', '🌍', '"', '\u0001', '\ud800');
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 6_000 }), (parts, count) => {
      const detail = parts.join('').repeat(count);
      const report = failureReport('DISPLAY_FAILED', detail);
      expect(Buffer.byteLength(report)).toBeLessThanOrEqual(4096);
      const said: string = JSON.parse(report).detail;
      if (said === detail) return;
      expect(said.endsWith('…') && detail.startsWith(said.slice(0, -1))).toBe(true);
      expect(Buffer.byteLength(report)).toBeGreaterThan(4096 - 100);
    }),
  );
});
