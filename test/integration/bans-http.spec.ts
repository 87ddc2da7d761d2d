/** Guessing passwords against two replicas of the control plane on one store: what one has seen, the other knows. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandBus } from '@nestjs/cqrs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EventStore, handleCommand } from '#libs/event-sourcing';
import { BanSource, IdentityViews, LiftBan, LoginFiles, type Source } from '#libs/identity';
import { banDecider } from '../../libs/identity/src/ban.decider.js';
import { banStream } from '../../libs/identity/src/ban.events.js';
import { ApiServer } from '../support/api-server.js';
import { eventually } from '../support/eventually.js';
import type { Answer } from '../support/http-client.js';

const ADMINS = '10.1.0.0/16';
const PROXY = '10.2.0.1';
const settings = {
  store: { kind: 'sqlite' },
  identity: { attempts: { failures: 3, waitSeconds: 3600, protectedNetworks: [ADMINS] } },
  more: { http: { trustedProxies: [PROXY] } },
};
let replicas: [ApiServer, ApiServer];
beforeAll(async () => {
  const data = mkdtempSync(join(tmpdir(), 'deskhand-bans-'));
  const first = await ApiServer.start({ ...settings, data });
  replicas = [first, await ApiServer.start({ ...settings, data })];
});
afterAll(async () => {
  await replicas[1].stop();
  await replicas[0].remove();
});

let addresses = 0;
const somewhere = () => `198.51.100.${++addresses}`;
let turns = 0;
/** At the one replica and then at the other. */
const logIn = (username: string, password: string, address = somewhere()): Promise<Answer> =>
  replicas[turns++ % 2 === 0 ? 0 : 1]
    .client()
    .call('POST', '/api/v1/auth/login', { provider: 'office', username, password }, { 'x-forwarded-for': address });
const codes = (answers: readonly Answer[]) => answers.map(({ status, body }) => body.code ?? status);
const inTurn = async <T>(count: number, each: () => Promise<T>): Promise<T[]> => {
  const results: T[] = [];
  for (let n = 0; n < count; n++) results.push(await each());
  return results;
};

const banOf = async (source: Source) => {
  const views = replicas[0].app.get(IdentityViews);
  await views.caughtUp();
  return views.bans.all().find((ban) => JSON.stringify(ban.source) === JSON.stringify(source));
};
const account = (name: string): Source => ({ kind: 'account', provider: 'office', account: name });
const operator = (command: BanSource | LiftBan) => replicas[0].app.get(CommandBus).execute(command);
const HERMES = { provider: 'office', subject: 'planetexpress-hermes' };
const HOUR = 3_600_000;
const banByOperator = (source: Source) =>
  operator(new BanSource(source, 'operator', new Date().toISOString(), new Date(Date.now() + HOUR).toISOString(), 'an operator'));

describe('too many wrong passwords', () => {
  it('ban the account at every replica, from every address, though its password is right', async () => {
    expect(codes(await inTurn(3, () => logIn('fry', 'wrong')))).toStrictEqual(Array(3).fill('INVALID_CREDENTIALS'));
    const answers = await inTurn(2, () => logIn('fry', 'fry'));
    expect(codes(answers)).toStrictEqual(['TOO_MANY_ATTEMPTS', 'TOO_MANY_ATTEMPTS']);
    for (const { status, headers } of answers) {
      expect(status).toBe(429);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(3500);
    }
    expect((await logIn('leela', 'leela')).status).toBe(200);
  });

  it('ban a name that nobody has in the same words', async () => {
    const known = await inTurn(4, () => logIn('amy', 'wrong'));
    const unknown = await inTurn(4, () => logIn('nobody', 'wrong'));
    const said = ({ status, body }: Answer) => ({ status, ...body, traceId: '' });
    expect(unknown.map(said)).toStrictEqual(known.map(said));
    expect(codes(unknown).at(-1)).toBe('TOO_MANY_ATTEMPTS');
  });

  it('count for one account however its name is written', async () => {
    for (const name of ['bender', ' BENDER ', 'ｂender']) await logIn(name, 'wrong');
    expect((await logIn('bender', 'bender')).status).toBe(429);
  });

  it('are held by both replicas at once, and not many more than allowed get through', async () => {
    const answers = await Promise.all(Array.from({ length: 60 }, () => logIn('zoidberg', 'wrong')));
    const checked = answers.filter(({ status }) => status === 401).length;
    // The third failure bans; at each replica three more may be under way by then.
    expect(checked).toBeGreaterThanOrEqual(3);
    expect(checked).toBeLessThanOrEqual(3 + 2 * 3);
  });

  it('ban an address, IPv6 as a whole /64, but not its neighbours', async () => {
    await inTurn(30, () => logIn(`guess-${crypto.randomUUID()}`, 'wrong', `2001:db8:0:7::${Math.floor(Math.random() * 9999)}`));
    expect((await logIn('leela', 'leela', '2001:db8:0:7:ffff::1')).status).toBe(429);
    expect((await logIn('leela', 'leela', '2001:db8:0:8::1')).status).toBe(200);
  }, 60_000);

  it('are events, in a stream of their source', async () => {
    const events = await replicas[1].app.get(EventStore).read('ban-address-2001:db8:0:7::/64');
    expect(events.map(({ type, data }) => [type, data])).toStrictEqual([
      [
        'SourceBanned',
        {
          source: { kind: 'address', network: '2001:db8:0:7::/64' },
          reason: 'failures',
          at: expect.any(String),
          until: expect.any(String),
        },
      ],
    ]);
  });

  it('never ban a protected network, nor keep it from an account that is banned elsewhere', async () => {
    await inTurn(4, () => logIn('hermes', 'wrong', '10.1.2.3'));
    expect((await logIn('hermes', 'hermes')).status).toBe(429);
    expect((await logIn('hermes', 'hermes', '10.1.2.3')).status).toBe(200);
    await inTurn(31, () => logIn(`guess-${crypto.randomUUID()}`, 'wrong', '10.1.2.3'));
    expect((await logIn('leela', 'leela', '10.1.2.3')).status).toBe(200);
  }, 60_000);

  it('never ban a proxy, which speaks for many', async () => {
    await inTurn(31, () => logIn(`guess-${crypto.randomUUID()}`, 'wrong', PROXY));
    expect((await logIn('leela', 'leela', PROXY)).status).toBe(200);
  }, 60_000);
});

describe('an address in X-Forwarded-For', () => {
  it('that the client invented counts for nothing: what a listed proxy saw does', async () => {
    const forged = () => `203.0.113.${Math.floor(Math.random() * 250)}, 192.0.2.66, ${PROXY}`;
    await inTurn(30, () => logIn(`guess-${crypto.randomUUID()}`, 'wrong', forged()));
    expect(await banOf({ kind: 'address', network: '192.0.2.66' })).toBeDefined();
    expect((await logIn('leela', 'leela', '192.0.2.66')).status).toBe(429);
  }, 60_000);
});

describe('lifting a ban', () => {
  it('lets the account in at once, with its failures forgotten', async () => {
    await inTurn(3, () => logIn('professor', 'wrong'));
    expect((await logIn('professor', 'professor')).status).toBe(429);
    await operator(new LiftBan(account('professor'), new Date().toISOString()));
    expect(await banOf(account('professor'))).toBeUndefined();
    expect(codes(await inTurn(2, () => logIn('professor', 'wrong')))).toStrictEqual(['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS']);
    expect((await logIn('professor', 'professor')).status).toBe(200);
  });
});

describe('the ban of', () => {
  const session = async (username: string, address = somewhere()) => {
    const { body } = await logIn(username, username, address);
    return body as { accessToken: string; refreshToken: string; user: { id: string } };
  };
  const me = (replica: 0 | 1, token: string) =>
    replicas[replica].client().call('GET', '/api/v1/me', undefined, { authorization: `Bearer ${token}` });

  it('counting leaves sessions alone: nobody can throw out somebody else', async () => {
    const { accessToken } = await session('leela');
    await inTurn(3, () => logIn('leela', 'wrong'));
    expect((await logIn('leela', 'leela')).status).toBe(429);
    expect((await me(0, accessToken)).status).toBe(200);
    await operator(new LiftBan(account('leela'), new Date().toISOString()));
  });

  it.each([
    ['an account by its name', account('leela')],
    ['a user by the subject', account('planetexpress-leela')],
  ])('an operator ends the sessions of %s everywhere, and lets nobody in', async (_, source) => {
    const { accessToken, refreshToken } = await session('leela');
    await banByOperator(source);
    expect(codes([await me(0, accessToken)])).toStrictEqual(['SESSION_ENDED']);
    await eventually(async () => expect(codes([await me(1, accessToken)])).toStrictEqual(['SESSION_ENDED']));
    expect(codes([await replicas[1].client().call('POST', '/api/v1/auth/refresh', { refreshToken })])).toStrictEqual(['SESSION_ENDED']);
    expect(codes([await logIn('leela', 'leela')])).toStrictEqual(['TOO_MANY_ATTEMPTS']);
    await operator(new LiftBan(source, new Date().toISOString()));
    const again = await session('leela');
    const { body } = await replicas[0]
      .client()
      .call('GET', '/api/v1/me/logins', undefined, { authorization: `Bearer ${again.accessToken}` });
    expect(body.items).toContainEqual(expect.objectContaining({ endReason: 'banned' }));
  });

  it.each([
    ['an account by its name', account('hermes')],
    ['a user by the subject', account('planetexpress-hermes')],
  ])('an operator holds in protected networks too, for %s', async (_, source) => {
    await banByOperator(source);
    expect(codes([await logIn('hermes', 'hermes', '10.1.2.3')])).toStrictEqual(['TOO_MANY_ATTEMPTS']);
    await operator(new LiftBan(source, new Date().toISOString()));
    expect((await logIn('hermes', 'hermes', '10.1.2.3')).status).toBe(200);
  });

  it.each<[string, Source]>([
    ['an account by its name', account('hermes')],
    ['a user by the subject', account('planetexpress-hermes')],
    ['an address', { kind: 'address', network: '192.0.2.98' }],
  ])('an operator is for a login under way as well: of %s', async (_, source) => {
    const [replica] = replicas;
    const making = vi.spyOn(replica.app.get(LoginFiles, { strict: false }), 'make').mockImplementationOnce(() => banByOperator(source));
    const before = replica.app.get(IdentityViews).sessions.of(HERMES);
    const credentials = { provider: 'office', username: 'hermes', password: 'hermes' };
    const answer = await replica.client().call('POST', '/api/v1/auth/login', credentials, { 'x-forwarded-for': '192.0.2.98' });
    making.mockRestore();
    expect([answer.status, answer.body.code, Number(answer.headers.get('retry-after')) > 3500]).toStrictEqual([
      429,
      'TOO_MANY_ATTEMPTS',
      true,
    ]);
    expect(answer.headers.get('set-cookie')).toBeNull();
    const left = replica.app
      .get(IdentityViews)
      .sessions.of(HERMES)
      .filter(({ id }) => !before.some((one) => one.id === id));
    expect(left).toStrictEqual([]);
    await operator(new LiftBan(source, new Date().toISOString()));
  });

  it('an address by an operator is looked at when a session is renewed', async () => {
    const { refreshToken } = await session('hermes', '192.0.2.97');
    const source: Source = { kind: 'address', network: '192.0.2.97' };
    const ban = new BanSource(source, 'operator', new Date().toISOString(), new Date(Date.now() + HOUR).toISOString());
    // As if its sessions had not been ended: the command was killed before.
    await handleCommand(replicas[0].app.get(EventStore), banDecider, banStream(source), ban);
    expect(codes([await replicas[0].client().call('POST', '/api/v1/auth/refresh', { refreshToken })])).toStrictEqual(['SESSION_ENDED']);
  });

  it('an operator ends the sessions that came from an address', async () => {
    const there = await session('leela', '192.0.2.99');
    const elsewhere = await session('leela');
    await banByOperator({ kind: 'address', network: '192.0.2.99' });
    expect(codes([await me(0, there.accessToken), await me(0, elsewhere.accessToken)])).toStrictEqual(['SESSION_ENDED', 200]);
    expect((await logIn('leela', 'leela', '192.0.2.99')).status).toBe(429);
  });
});
