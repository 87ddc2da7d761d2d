import { describe, expect, it } from 'vitest';
import { Networks, plainAddress } from './networks.js';

describe('networks', () => {
  it('hold single addresses and whole networks of both families', () => {
    const networks = new Networks(['10.0.0.7', '192.168.0.0/16', 'fd00::/8']);
    const held = ['10.0.0.7', '192.168.255.1', 'fd12::1', '::ffff:192.168.0.1', '::ffff:c0a8:1'];
    const others = ['10.0.0.8', '192.169.0.1', 'fe00::1', '', 'localhost', '10.0.0.7/32', '192.168.0.1:80'];
    expect(held.filter((address) => !networks.has(address))).toEqual([]);
    expect(others.filter((address) => networks.has(address))).toEqual([]);
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/a', '10.0.0.0/8/8', 'fd00::/129', '10.0.0'])('refuse "%s"', (entry) =>
    expect(() => new Networks([entry])).toThrow(expect.objectContaining({ code: 'CONFIGURATION_INVALID' })),
  );

  it('write an IPv4 peer one way', () => {
    expect(['::ffff:127.0.0.1', '::FFFF:127.0.0.1', '127.0.0.1', '::1', 'fe80::1%eth0', undefined].map(plainAddress)).toEqual([
      ...['127.0.0.1', '127.0.0.1', '127.0.0.1', '::1', 'fe80::1', ''],
    ]);
  });
});
