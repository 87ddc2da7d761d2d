/** What counts as this machine, and what as one client. */
import { describe, expect, it } from 'vitest';
import { isLoopback, networkOf } from './address.js';

describe('addresses', () => {
  it.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '0:0:0:0:0:0:0:1'])('%s is loopback', (address) =>
    expect(isLoopback(address)).toBe(true),
  );
  it.each(['192.168.1.5', '::ffff:192.168.1.5', 'fe80::1%eth0', '2001:db8::1', '', 'localhost', '127.0.0.1.example.org'])(
    '"%s" is not loopback',
    (address) => expect(isLoopback(address)).toBe(false),
  );
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['2001:db8:1:2:3:4:192.0.2.7', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s belongs to %s', (address, network) => expect(networkOf(address)).toBe(network));
});
