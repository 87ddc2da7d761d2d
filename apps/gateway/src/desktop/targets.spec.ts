import { describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { Targets, targetsOf } from './targets.js';

const secret = Buffer.alloc(32);
const pods = configurationSchema.parse({
  runtime: { kind: 'kubernetes', podNetworks: ['10.244.0.0/16', '0.0.0.0/0', '::/0'], pod: { image: 'desktop' } },
}).runtime;
const local = configurationSchema.parse({}).runtime;
const check = (targets: Targets, address: string, port = 8090) => targets.check({ address, port, secret });
const refused = expect.objectContaining({ code: 'DESKTOP_UNREACHABLE' });

describe('with pods, a token leads', () => {
  const targets = new Targets(targetsOf(pods));

  it('to where agents listen', () => {
    expect(check(targets, '10.244.3.7')).toBeUndefined();
  });

  it.each([
    ...['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::1%lo'],
    ...[
      '169.254.169.254',
      '::ffff:169.254.169.254',
      '169.254.0.1',
      'fe80::1',
      'fe80::1%lo',
      '::ffff:a9fe:a9fe',
      'fd00:ec2::254',
      'fd20:ce::254',
      '100.100.100.200',
      '168.63.129.16',
    ],
    ...['0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255'],
    ...['desktop.example', '10.244.3.7.evil.example', '0x0a.0.0.1', '', '10.244.3.7/16'],
  ])('never to %s, whatever networks are configured', (address) => {
    expect(() => check(targets, address)).toThrow(refused);
  });

  it.each([22, 80, 443, 6443, 10_250, 8089, 8091, 0])('to no other port of a pod, such as %i', (port) => {
    expect(() => check(targets, '10.244.3.7', port)).toThrow(refused);
  });

  it('to the ports that are configured, where some are', () => {
    const others = new Targets(targetsOf(pods, [9_000, 9_001]));
    expect(check(others, '10.244.3.7', 9_001)).toBeUndefined();
    expect(() => check(others, '10.244.3.7', 8090)).toThrow(refused);
  });

  it('to no network but theirs', () => {
    const narrow = new Targets({ loopback: false, networks: ['10.244.0.0/16'], ports: [8090] });
    expect(check(narrow, '10.244.255.255')).toBeUndefined();
    for (const address of ['10.245.0.1', '192.168.0.1', '8.8.8.8', 'fd12::1']) expect(() => check(narrow, address)).toThrow(refused);
  });
});

describe('with processes of this machine, a token leads', () => {
  it('to loopback, on any port, and nowhere else', () => {
    const targets = new Targets(targetsOf(local));
    expect(check(targets, '127.0.0.1', 40_123)).toBeUndefined();
    for (const address of ['10.0.0.1', '169.254.169.254', '192.168.0.1']) expect(() => check(targets, address)).toThrow(refused);
  });
});
