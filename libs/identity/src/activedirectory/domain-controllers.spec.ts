/** Which announced controllers are believed. */
import { expect, test } from 'vitest';
import { isWithin } from './domain-controllers.js';

test.each([
  ['dc1.ad.example.com', true],
  ['DC1.AD.EXAMPLE.COM.', true],
  ['ad.example.com', true],
  ['dc1.site.ad.example.com', true],
  ['dc.attacker.net', false],
  ['dc.evil-ad.example.com', false],
  ['evilad.example.com', false],
  ['ad.example.com.attacker.net', false],
])('%s in ad.example.com: %j', (name, expected) => expect(isWithin(name, 'ad.example.com')).toBe(expected));
