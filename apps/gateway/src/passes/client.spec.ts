import { describe, expect, it } from 'vitest';
import { Networks } from '#libs/common';
import { clientOf } from './client.js';

const proxies = new Networks(['10.0.0.0/8']);
const from = (remoteAddress: string, headers: Record<string, string>) =>
  clientOf({ headers: { host: 'A.example:8080', ...headers }, socket: { remoteAddress } }, proxies);

describe('the client', () => {
  it('is the peer, whatever it says, when the peer is no listed proxy', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'evil.example' };
    expect(from('::ffff:203.0.113.9', headers)).toEqual({ address: '203.0.113.9', secure: false, host: 'a.example:8080' });
  });

  it('is the first address from the right that is none of our proxies', () => {
    const address = (list: string) => from('10.0.0.1', { 'x-forwarded-for': list }).address;
    expect(address('203.0.113.9')).toBe('203.0.113.9');
    expect(address('6.6.6.6, 203.0.113.9 , 10.2.2.2,10.3.3.3')).toBe('203.0.113.9');
    expect(address('10.9.9.9, 10.2.2.2')).toBe('10.9.9.9');
    expect(address(' , ')).toBe('10.0.0.1');
  });

  it('is written in one way, without the port that some proxies add; a proxy that does not know counts itself', () => {
    const address = (list: string) => from('10.0.0.1', { 'x-forwarded-for': list }).address;
    expect(['203.0.113.9:4711', '::ffff:203.0.113.9', '[2001:db8::1]:4711', '[2001:db8::1]', '2001:db8::1%eth0'].map(address)).toEqual([
      ...['203.0.113.9', '203.0.113.9', '2001:db8::1', '2001:db8::1', '2001:db8::1'],
    ]);
    expect(['unknown', '6.6.6.6, _hidden', "'; drop", '999.1.1.1'].map(address)).toEqual(Array(4).fill('10.0.0.1'));
  });

  it('used the protocol and the name that the nearest proxy wrote', () => {
    const headers = { 'x-forwarded-proto': 'http, HTTPS', 'x-forwarded-host': 'evil.example, Desk.example' };
    expect(from('10.0.0.1', headers)).toEqual({ address: '10.0.0.1', secure: true, host: 'desk.example' });
    expect(from('10.0.0.1', {})).toEqual({ address: '10.0.0.1', secure: false, host: 'a.example:8080' });
  });
});
