/** Which announced controllers are believed, and how a DNS that fails is lived with. */
import { createSocket, type Socket } from 'node:dgram';
import { type Answer, decode, encode } from 'dns-packet';
import { afterEach, describe, expect, it, test } from 'vitest';
import { Deadline } from '../directory/deadline.js';
import { DomainControllers, isWithin } from './domain-controllers.js';

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

const DOMAIN = 'ad.example.com';
const FOREVER = new Deadline(60_000);
const HOUR_MS = 3_600_000;

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.close();
});

/** Answers as `zone` says just then: a name of it with no answers is not there; without a zone it is silent. */
async function dns(zone: () => Readonly<Record<string, readonly Answer[]>> | undefined): Promise<{ questions: number; address: string }> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  const server = { questions: 0, address: '' };
  socket.on('message', (message, { port, address }) => {
    server.questions++;
    const { id, questions = [] } = decode(message);
    const known = zone();
    if (!known) return;
    const answers = (known[questions[0]?.name ?? ''] ?? []).filter(({ type }) => type === questions[0]?.type);
    socket.send(encode({ type: 'response', id, flags: answers.length > 0 ? 0 : 3, questions, answers: [...answers] }), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}
const srv = (...targets: readonly string[]): Record<string, readonly Answer[]> => ({
  [`_ldap._tcp.${DOMAIN}`]: targets.map((target, priority) => ({
    type: 'SRV',
    name: `_ldap._tcp.${DOMAIN}`,
    data: { target, port: 389, priority, weight: 1 },
  })),
});
const at = (name: string, data: string): Record<string, readonly Answer[]> => ({ [name]: [{ type: 'A', name, data }] });
const controllersOf = ({ address }: { address: string }) =>
  new DomainControllers({ domain: DOMAIN, controllers: [], dnsServers: [address], encryption: 'ldaps' });

describe('the controllers of a domain', () => {
  it('are found without those whose names have lost their address', async () => {
    const zone = { ...srv(`gone.${DOMAIN}`, `dc2.${DOMAIN}`), ...at(`dc2.${DOMAIN}`, '192.0.2.2') };
    const found = await controllersOf(await dns(() => zone)).find(FOREVER);
    expect(found).toStrictEqual([{ host: '192.0.2.2', port: 636, secure: true, name: `dc2.${DOMAIN}` }]);
  });

  it('are none where no name has an address', () =>
    expect(dns(() => srv(`gone.${DOMAIN}`)).then((server) => controllersOf(server).find(FOREVER))).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      reason: 'the DNS does not tell its controllers: it has no address for any of them',
    }));

  it('are waited for no longer than a login has time, where the DNS is silent', async () => {
    const controllers = controllersOf(await dns(() => undefined));
    for (let login = 0; login < 2; login++)
      await expect(controllers.find(new Deadline(50))).rejects.toMatchObject({ reason: 'the DNS did not answer in time' });
  });

  it('are those of the last good answer while the DNS is silent, and nobody waits', async () => {
    let zone: Record<string, readonly Answer[]> | undefined = { ...srv(`dc1.${DOMAIN}`), ...at(`dc1.${DOMAIN}`, '192.0.2.1') };
    const server = await dns(() => zone);
    const controllers = controllersOf(server);
    const found = await controllers.find(FOREVER);
    zone = undefined;
    const asked = server.questions;
    // A find that waited would end here.
    expect(await controllers.find(new Deadline(0), Date.now() + HOUR_MS)).toStrictEqual(found);
    await expect.poll(() => server.questions, { timeout: 10_000 }).toBeGreaterThan(asked);
    expect(await controllers.find(new Deadline(0), Date.now() + HOUR_MS)).toStrictEqual(found);
  });

  it('are new ones soon after the DNS has others', async () => {
    let zone = { ...srv(`dc1.${DOMAIN}`), ...at(`dc1.${DOMAIN}`, '192.0.2.1') };
    const controllers = controllersOf(await dns(() => zone));
    await controllers.find(FOREVER);
    zone = { ...srv(`dc2.${DOMAIN}`), ...at(`dc2.${DOMAIN}`, '192.0.2.2') };
    const later = Date.now() + HOUR_MS;
    await expect.poll(() => controllers.find(FOREVER, later), { timeout: 10_000 }).toMatchObject([{ host: '192.0.2.2' }]);
  });
});
