/** Logging in through Google, Facebook, Orange and any other provider: a real OpenID provider stands for each, and the real control plane takes who comes back. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DESK, isCallback, OAuthDesk } from '../support/oauth-desk.js';

let desk: OAuthDesk;
beforeAll(async () => {
  const allow = { domains: ['planetexpress.example'], addresses: ['Leela@PlanetExpress.example'] };
  const providers = { google: { allow }, facebook: {}, orange: { allow }, openid: { allow: { groups: ['captains'] } }, plain: {} };
  desk = await OAuthDesk.start(providers);
});
afterAll(() => desk?.stop());
beforeEach(() => desk.reset());

const ticketOf = (answer: Response) => answer.headers.getSetCookie().find((cookie) => cookie.startsWith('__Host-deskhand-ticket-'));
const failureOf = ({ url }: { url: URL }) => url.searchParams.get('failed');

describe('a login through somebody else', () => {
  it.each(['google', 'facebook', 'orange', 'plain'] as const)('with %s gives the one shape of a user', async (service) => {
    const person = desk.somebody();
    const page = await desk.logIn(person, service);
    expect(page.url.href).toBe(`${DESK}/`);
    const user = { id: expect.stringMatching(/^[a-z2-7]{26}$/), name: 'Philip J. Fry', provider: service, roles: [], labels: [] };
    expect(await desk.me(person)).toStrictEqual({ status: 200, body: user });
  });

  it('leads to the provider with state, nonce, PKCE and exactly our address, and leaves a ticket that comes back', async () => {
    const answer = await desk.somebody({ 'x-forwarded-host': 'evil.example' }).ask(new URL(`${desk.start('google')}?moved`));
    expect(answer.status).toBe(302);
    const page = new URL(answer.headers.get('location') ?? '');
    expect(`${page.origin}${page.pathname}`).toBe(`${desk.rig.url}/auth`);
    expect(Object.fromEntries(page.searchParams)).toStrictEqual({
      client_id: 'deskhand-google',
      response_type: 'code',
      redirect_uri: `${DESK}/api/v1/auth/oauth/google/callback`,
      scope: 'openid profile email',
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    });
    const ticket = ticketOf(answer) ?? '';
    expect(ticket).toMatch(/^__Host-deskhand-ticket-google=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/);
    expect(ticket).not.toContain(page.searchParams.get('state'));
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('that begins by another name of ours goes over to the one that people are sent back to, once', async () => {
    const answer = await desk.somebody({ 'x-forwarded-host': 'desk' }).ask(new URL(`${desk.start('google')}?next=//evil.example`));
    expect(answer.headers.get('location')).toBe(`${DESK}/api/v1/auth/oauth/google?moved`);
    expect(answer.headers.getSetCookie()).toStrictEqual([]);
    const moved = await desk.somebody({ 'x-forwarded-host': 'desk' }).ask(new URL(`${desk.start('google')}?moved`));
    expect(moved.headers.get('location')).toMatch(`${desk.rig.url}/auth?`);
  });

  it('gives the same cookies as every login, and takes the ticket away', async () => {
    const person = desk.somebody();
    const answer = await person.ask(await desk.toCallback(person, 'orange'));
    expect(answer.headers.getSetCookie()).toStrictEqual([
      '__Host-deskhand-ticket-orange=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure',
      expect.stringMatching(/^__Host-deskhand-user=[^;]+; Path=\/; Max-Age=900; HttpOnly; SameSite=Strict; Secure$/),
      expect.stringMatching(/^__Host-deskhand-refresh=[^;]+; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict; Secure$/),
    ]);
  });

  it('is the same user at each login, by the subject and not by the name', async () => {
    const [first, second] = [desk.somebody(), desk.somebody()];
    await desk.logIn(first, 'google');
    desk.rig.people.set('fry', { ...desk.rig.people.get('fry'), name: 'Delivery Boy' });
    await desk.logIn(second, 'google');
    const [before, after] = [await desk.me(first), await desk.me(second)];
    expect(after.body.id).toBe(before.body.id);
    expect(after.body.name).toBe('Delivery Boy');
  });

  it('asks nobody who is logged in at the provider for a name again', async () => {
    const person = desk.somebody();
    await desk.logIn(person, 'google');
    const again = await person.go(desk.start('google'), isCallback);
    expect(isCallback(again.url)).toBe(true);
  });

  it('names its providers with their marks', async () => {
    const { body } = await desk.api.client().call('GET', '/api/v1/auth/providers');
    expect(body.items).toContainEqual({ id: 'orange', kind: 'oauth2', displayName: 'Orange', mark: 'orange' });
  });

  it('hands the code to the provider with the verifier of its challenge', async () => {
    const person = desk.somebody();
    let [challenge, verifier] = ['', ''];
    desk.rig.tamper = (path, { oidc }) => {
      if (path === '/auth') challenge = String(oidc.params?.code_challenge);
      if (path === '/token') verifier = String(oidc.params?.code_verifier);
    };
    await desk.logIn(person, 'openid', 'leela');
    expect(createHash('sha256').update(verifier).digest('base64url')).toBe(challenge);
  });
});

describe('who may come in', () => {
  it.each([
    ['google', 'fry', 200],
    ['google', 'leela', 200],
    ['openid', 'leela', 200],
    ['openid', 'fry', 401],
    ['facebook', 'leela', 200],
  ] as const)('with %s, %s: %i', async (service, login, status) => {
    const person = desk.somebody();
    const page = await desk.logIn(person, service, login);
    expect((await desk.me(person)).status).toBe(status);
    expect(failureOf(page)).toBe(status === 200 ? null : 'NOT_ALLOWED');
  });

  it.each([['true'], [1], [undefined], [null], [false]])('needs a verified address: %j is not', async (email_verified) => {
    desk.rig.people.set('fry', { ...desk.rig.people.get('fry'), email_verified });
    expect(failureOf(await desk.logIn(desk.somebody(), 'orange'))).toBe('NOT_ALLOWED');
  });

  it('takes an address of the domain for proof only of whom Google answers for', async () => {
    desk.rig.people.set('fry', { ...desk.rig.people.get('fry'), hd: undefined });
    expect(failureOf(await desk.logIn(desk.somebody(), 'google'))).toBe('NOT_ALLOWED');
    expect(failureOf(await desk.logIn(desk.somebody(), 'orange'))).toBeNull();
  });

  it('knows a domain from one that ends in the same letters', async () => {
    desk.rig.people.set('fry', { ...desk.rig.people.get('fry'), email: 'fry@evil-planetexpress.example' });
    expect(failureOf(await desk.logIn(desk.somebody(), 'orange'))).toBe('NOT_ALLOWED');
  });

  it('tells the history of whoever was refused, and nobody else', async () => {
    const person = desk.somebody();
    await desk.logIn(person, 'orange');
    desk.rig.people.set('fry', { ...desk.rig.people.get('fry'), email_verified: false });
    await desk.logIn(desk.somebody(), 'orange');
    const { body } = await desk.read(person, '/me/logins');
    expect(body.items[0]).toMatchObject({ outcome: 'failure', code: 'NOT_ALLOWED', provider: 'orange' });
  });
});
