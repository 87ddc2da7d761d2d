import { expect, it } from 'vitest';
import { addressOf } from './address-of.js';

it.each([
  ['http://api:8080', { host: 'api', port: 8080 }],
  ['http://api/', { host: 'api', port: 80 }],
  ['http://[fd00::7]:81/x', { host: 'fd00::7', port: 81 }],
])('%s', (url, address) => expect(addressOf(new URL(url))).toEqual(address));
