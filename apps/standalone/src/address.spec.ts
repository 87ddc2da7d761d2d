import { describe, expect, it } from 'vitest';
import { hostOf, isOpen } from './address.js';

describe('the address of the server', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1', false],
    ['127.0.0.2', '127.0.0.2', false],
    ['localhost', 'localhost', false],
    ['::1', '[::1]', false],
    ['0.0.0.0', '127.0.0.1', true],
    ['::', '[::1]', true],
    ['192.0.2.7', '192.0.2.7', true],
    ['2001:db8::1', '[2001:db8::1]', true],
    ['desk.example', 'desk.example', true],
  ])('that listens on %s is %s; open to other machines: %s', (listened, host, open) => {
    expect(hostOf(listened)).toBe(host);
    expect(isOpen(listened)).toBe(open);
  });
});
