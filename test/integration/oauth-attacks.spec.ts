/** What somebody may try with a login through somebody else: each attempt against the real control plane and a real OpenID provider. */
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Seal } from '#libs/tokens';
import { DESK, OAuthDesk } from '../support/oauth-desk.js';
import { KEY_ID, type Service } from '../support/oauth-rig.js';
import type { Person } from '../support/person.js';

let desk: OAuthDesk;
beforeAll(async () => {
  desk = await OAuthDesk.start({ google: {}, facebook: {}, orange: {}, openid: {}, plain: NOBODY });
});
afterAll(() => desk?.stop());
beforeEach(() => desk.reset());

/** An issuer whose port nobody listens on. */
const NOBODY = { id: 'unreachable', issuer: 'http://127.0.0.1:9', endpoints: undefined, claims: undefined };
const NOT_BEGUN = { status: 400, code: 'LOGIN_NOT_BEGUN' };
const NOT_CONFIRMED = { status: 401, code: 'LOGIN_NOT_CONFIRMED' };
const DOWN = { status: 503, code: 'PROVIDER_UNAVAILABLE' };

const changed = (address: URL, parameters: Record<string, string>): URL => {
  const copy = new URL(address);
  for (const [name, value] of Object.entries(parameters)) copy.searchParams.set(name, value);
  return copy;
};
const ticketsOf = (person: Person) => new Map([...(person.cookies.get('desk.example') ?? [])].filter(([key]) => key.includes('ticket')));
const isIn = async (person: Person) => (await desk.me(person)).status === 200;

describe('a callback', () => {
  it('in another browser is refused: nobody is logged in as whoever sent the link', async () => {
    const address = await desk.toCallback(desk.somebody(), 'google');
    const victim = desk.somebody();
    expect(await desk.show(victim, address)).toStrictEqual(NOT_BEGUN);
    expect(await isIn(victim)).toBe(false);
    await desk.toCallback(victim, 'google', 'leela');
    expect(await desk.show(victim, address)).toStrictEqual(NOT_BEGUN);
  });

  it('with the state of another login is refused', async () => {
    const [one, other] = [desk.somebody(), desk.somebody()];
    const [mine, theirs] = [await desk.toCallback(one, 'google'), await desk.toCallback(other, 'google', 'leela')];
    const swapped = changed(mine, { state: theirs.searchParams.get('state') ?? '' });
    expect(await desk.show(one, swapped)).toStrictEqual(NOT_BEGUN);
    expect(await desk.show(one, changed(mine, { state: '' }))).toStrictEqual(NOT_BEGUN);
  });

  it.each(['google', 'facebook', 'orange'] as const)('of %s with the code of another login is refused by PKCE', async (service) => {
    const [thief, owner] = [desk.somebody(), desk.somebody()];
    const [own, stolen] = [await desk.toCallback(thief, service, 'leela'), await desk.toCallback(owner, service)];
    const injected = changed(own, { code: stolen.searchParams.get('code') ?? '' });
    expect(await desk.show(thief, injected)).toStrictEqual(NOT_CONFIRMED);
    expect(await isIn(thief)).toBe(false);
  });

  it('at another provider is refused, with its ticket too', async () => {
    const person = desk.somebody();
    const address = await desk.toCallback(person, 'google');
    const [ticket] = ticketsOf(person).values();
    const elsewhere = new URL(address.href.replace('/google/', '/orange/'));
    expect(await desk.show(person, elsewhere)).toStrictEqual(NOT_BEGUN);
    person.cookies.get('desk.example')?.set('__Host-deskhand-ticket-orange /', { value: ticket?.value ?? '', path: '/' });
    expect(await desk.show(person, elsewhere)).toStrictEqual(NOT_BEGUN);
  });

  it('shown again is refused: its ticket has gone, and the code is used up', async () => {
    const person = desk.somebody();
    const address = await desk.toCallback(person, 'openid');
    const tickets = ticketsOf(person);
    expect(await desk.show(person, address)).toStrictEqual({ status: 302 });
    expect(await desk.show(person, address)).toStrictEqual(NOT_BEGUN);
    for (const [key, cookie] of tickets) person.cookies.get('desk.example')?.set(key, cookie);
    expect(await desk.show(person, address)).toStrictEqual(NOT_CONFIRMED);
    expect(await isIn(person)).toBe(true);
  });

  it('opens one session, even where the provider takes a code twice', async () => {
    const person = desk.somebody();
    await desk.logIn(person, 'openid');
    const sessions = async (): Promise<readonly string[]> =>
      (await desk.read(person, '/me/sessions')).body.items.map(({ id }: { id: string }) => id);
    const before = await sessions();
    const said = new Map<string, unknown>();
    desk.rig.tamper = (path, context) => {
      if (path !== '/token' && path !== '/me') return;
      if (!said.has(path)) said.set(path, context.body);
      context.remove('www-authenticate');
      context.status = 200;
      context.body = said.get(path);
    };
    const address = await desk.toCallback(person, 'openid');
    const tickets = ticketsOf(person);
    expect(await desk.show(person, address)).toStrictEqual({ status: 302 });
    for (const [key, cookie] of tickets) person.cookies.get('desk.example')?.set(key, cookie);
    expect(await desk.show(person, address)).toStrictEqual(NOT_BEGUN);
    expect((await sessions()).filter((id) => !before.includes(id))).toHaveLength(1);
  });

  it('with a ticket that we did not seal, or too long ago, is refused', async () => {
    const person = desk.somebody();
    const address = await desk.toCallback(person, 'google');
    const state = address.searchParams.get('state') ?? '';
    const journey = JSON.stringify({ state, nonce: 'n', verifier: 'v', session: crypto.randomUUID() });
    const seal = desk.api.app.get(Seal, { strict: false });
    const late = seal.close('login google', journey, -1);
    const other = seal.close('login orange', journey, 600);
    for (const value of [late, other, journey, Buffer.from(journey).toString('base64url'), 'x'.repeat(60_000).slice(0, 8_000)]) {
      person.cookies.get('desk.example')?.set('__Host-deskhand-ticket-google /', { value, path: '/' });
      expect(await desk.show(person, address)).toStrictEqual(NOT_BEGUN);
    }
  });

  it('with our other tokens as its ticket is refused, and the ticket is none of them', async () => {
    const [person, other] = [desk.somebody(), desk.somebody()];
    await desk.logIn(person, 'google');
    const jar = [...(person.cookies.get('desk.example') ?? [])];
    const address = await desk.toCallback(other, 'google', 'leela');
    const [ticket] = ticketsOf(other).values();
    for (const [, { value }] of jar) {
      other.cookies.get('desk.example')?.set('__Host-deskhand-ticket-google /', { value, path: '/' });
      expect(await desk.show(other, address)).toStrictEqual(NOT_BEGUN);
    }
    const bearer = { authorization: `Bearer ${ticket?.value}` };
    expect((await other.ask(new URL(`${DESK}/api/v1/me`), undefined, bearer)).status).toBe(401);
    const refresh = await desk.api.client().call('POST', '/api/v1/auth/refresh', { refreshToken: ticket?.value.slice(0, 200) });
    expect(refresh.status).toBe(401);
  });

  it('that says something twice is refused', async () => {
    for (const name of ['state', 'code', 'iss', 'error']) {
      const person = desk.somebody();
      const address = await desk.toCallback(person, 'google');
      address.searchParams.append(name, 'one');
      address.searchParams.append(name, 'two');
      expect(await desk.show(person, address)).toStrictEqual(NOT_BEGUN);
    }
  });

  it('leads to our website and nowhere else, whatever it is told', async () => {
    const person = desk.somebody({ 'x-forwarded-host': 'evil.example' });
    const departure = new URL(
      `${desk.start('google')}?moved&redirect_uri=https://evil.example/&next=//evil.example&returnTo=https://evil.example`,
    );
    const page = new URL((await person.ask(departure)).headers.get('location') ?? '');
    expect(page.searchParams.get('redirect_uri')).toBe(`${DESK}/api/v1/auth/oauth/google/callback`);
    const address = changed(await desk.toCallback(person, 'google'), { next: 'https://evil.example', redirect_uri: '//evil.example' });
    expect((await person.ask(address)).headers.get('location')).toBe('/');
    const failed = await person.ask(changed(address, { provider: '//evil.example' }));
    expect(failed.headers.get('location')).toMatch(/^\/\?failed=LOGIN_NOT_BEGUN&provider=google&trace=[\w-]+$/);
  });

  it('of somebody who did not agree says so', async () => {
    const person = desk.somebody();
    const state = (await desk.toCallback(person, 'google')).searchParams.get('state') ?? '';
    const address = new URL(`${desk.start('google')}/callback`);
    expect(await desk.show(person, changed(address, { error: 'access_denied', state }))).toStrictEqual({
      status: 403,
      code: 'LOGIN_CANCELLED',
    });
  });

  it('with another error of the provider is not a login', async () => {
    for (const service of ['google', 'facebook', 'openid'] as const) {
      const person = desk.somebody();
      const state = (await desk.toCallback(person, service)).searchParams.get('state') ?? '';
      const address = changed(new URL(`${desk.start(service)}/callback`), { error: 'server_error', error_description: '<script>', state });
      expect(await desk.show(person, address)).toStrictEqual(NOT_CONFIRMED);
    }
  });
});

describe('a provider', () => {
  it.each(['nowhere', '..%2f..', '%00', 'GOOGLE', 'x'.repeat(2_000)])('that is not there (%s) is refused', async (id) => {
    expect(await desk.show(desk.somebody(), new URL(`${DESK}/api/v1/auth/oauth/${id}`))).toStrictEqual({
      status: 400,
      code: 'UNKNOWN_PROVIDER',
    });
  });

  it('of this kind takes no name and password', async () => {
    const login = { provider: 'google', username: 'fry', password: 'fry' };
    expect(await desk.api.client().call('POST', '/api/v1/auth/login', login)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
    const forged = { provider: 'google', arrival: { tickets: [], query: '' } };
    expect(await desk.api.client().call('POST', '/api/v1/auth/login', forged)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_REQUEST' },
    });
  });

  it.each([
    ['answers garbage', 'google', (context: { body: unknown }) => Object.assign(context, { body: '<html>' }), NOT_CONFIRMED],
    ['fails', 'google', (context: object) => Object.assign(context, { status: 502 }), DOWN],
    ['fails', 'orange', (context: object) => Object.assign(context, { status: 503 }), DOWN],
    ['answers without an end', 'facebook', (context: object) => Object.assign(context, { body: 'x'.repeat(2_000_000) }), DOWN],
    ['answers without an end', 'openid', (context: object) => Object.assign(context, { body: 'x'.repeat(2_000_000) }), DOWN],
    ['sends us elsewhere', 'openid', (context: object) => Object.assign(context, { status: 302 }), NOT_CONFIRMED],
  ] as const)('that %s (%s) costs only its own login', async (_, service, answer, expected) => {
    const person = desk.somebody();
    const address = await desk.toCallback(person, service);
    desk.rig.tamper = (path, context) => {
      if (path === '/token') answer(context as never);
    };
    expect(await desk.show(person, address)).toStrictEqual(expected);
    desk.rig.tamper = undefined;
    await desk.logIn(person, service);
    expect(await isIn(person)).toBe(true);
  });

  it('that says nothing is given up in time', async () => {
    const waiting: (() => void)[] = [];
    const tries = (['google', 'facebook', 'orange'] as const).map(async (service) => {
      const person = desk.somebody();
      return { person, address: await desk.toCallback(person, service) };
    });
    const arrivals = await Promise.all(tries);
    desk.rig.tamper = (path) => (path === '/token' ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined);
    const answers = await Promise.all(arrivals.map(({ person, address }) => desk.show(person, address)));
    expect(answers).toStrictEqual([DOWN, DOWN, DOWN]);
    for (const wake of waiting) wake();
  });

  it("that cannot be reached stands in nobody else's way", async () => {
    const person = desk.somebody();
    expect(await desk.show(person, desk.start('unreachable'))).toStrictEqual(DOWN);
    await desk.logIn(person, 'google');
    expect(await isIn(person)).toBe(true);
  });
});

describe('an ID token', () => {
  type Change = (claims: Record<string, unknown>) => Promise<string>;
  const now = () => Math.floor(Date.now() / 1000);
  const own =
    (more: object): Change =>
    (claims) =>
      desk.rig.sign({ ...claims, ...more });
  const attacks: readonly (readonly [string, Change])[] = [
    [
      'of another key with the same id',
      async (claims) => {
        const { privateKey } = await generateKeyPair('RS256');
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KEY_ID }).sign(privateKey);
      },
    ],
    [
      'that brings its own key',
      async (claims) => {
        const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
        const jwk = await exportJWK(publicKey);
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KEY_ID, jwk, jku: 'http://127.0.0.1:1/keys' }).sign(privateKey);
      },
    ],
    [
      'with a key id that is a path',
      async (claims) => {
        const { privateKey } = await generateKeyPair('RS256');
        return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: '../../dev/null' }).sign(privateKey);
      },
    ],
    ['without a signature', async (claims) => new UnsecuredJWT(claims).encode()],
    [
      'signed with our secret',
      async (claims) => {
        const secret = new TextEncoder().encode(String((desk.rig.settings('openid') as { clientSecret: string }).clientSecret));
        return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: KEY_ID }).sign(secret);
      },
    ],
    ['of another issuer', own({ iss: 'https://evil.example' })],
    ['for another audience', own({ aud: 'somebody-else' })],
    ['for others beside us', own({ aud: ['deskhand-google', 'deskhand-openid', 'x'], azp: 'x' })],
    ['that is over', own({ exp: now() - 3_600, iat: now() - 7_200 })],
    ['of another login', own({ nonce: 'n'.repeat(43) })],
    ['without a nonce', own({ nonce: undefined })],
    ['without a subject', own({ sub: undefined })],
    ['of somebody else than the profile', own({ sub: 'leela' })],
  ];

  async function loggedInWith(service: Service, change: Change): Promise<{ status: number; code?: string }> {
    const person = desk.somebody();
    const address = await desk.toCallback(person, service);
    desk.rig.tamper = async (path, context) => {
      if (path !== '/token') return;
      const body = context.body as { id_token: string };
      const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1] ?? '', 'base64url').toString());
      context.body = { ...body, id_token: await change(claims) };
    };
    const answer = await desk.show(person, address);
    expect(await isIn(person)).toBe(answer.status === 302);
    return answer;
  }

  for (const service of ['google', 'orange'] as const) {
    it(`of ${service} that the provider signed again is taken: so it is the change that is refused`, async () => {
      expect(await loggedInWith(service, own({}))).toStrictEqual({ status: 302 });
    });
    it.each(attacks)(`of ${service} %s is refused`, async (_, change) => {
      expect(await loggedInWith(service, change)).toStrictEqual(NOT_CONFIRMED);
    });
  }

  it.each(['google', 'openid'] as const)('of %s that is not there is missed', async (service) => {
    const person = desk.somebody();
    const address = await desk.toCallback(person, service);
    desk.rig.tamper = (path, context) => {
      if (path === '/token') context.body = { ...(context.body as object), id_token: undefined };
    };
    expect(await desk.show(person, address)).toStrictEqual(NOT_CONFIRMED);
  });
});
