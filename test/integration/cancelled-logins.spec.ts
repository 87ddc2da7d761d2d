/** Browsers that go away while a directory is asked: no session that nobody has the tokens of, no login that nobody made, and no guess for free. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EventStore } from '#libs/event-sourcing';
import { ApiServer } from '../support/api-server.js';
import { BadServer } from '../support/bad-servers.js';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

const SLOW_MS = 400;
const GONE = 20;
/** What a guess costs is looked at from an address of its own. */
const GUESSER = '203.0.113.7';

let slapd: Slapd;
let directory: BadServer;
let api: ApiServer;
let delayMs = 0;
let answers = 0;
beforeAll(async () => {
  slapd = await Slapd.start();
  directory = await BadServer.slow(slapd.url, () => {
    answers++;
    return delayMs;
  });
  const ldap = { kind: 'ldap', id: 'slow', displayName: 'Slow', urls: [directory.url], service: ADMIN, user: { base: PEOPLE } };
  api = await ApiServer.start({
    identity: { providers: [{ ...ldap, connections: 1, timeoutMs: 10_000 }], attempts: { failures: 2 } },
  });
}, 60_000);
afterAll(async () => {
  await api?.remove();
  await directory?.close();
  await slapd?.remove();
});
beforeEach(() => {
  delayMs = 0;
});

const ask = (username: string, password: string, address = '192.0.2.1', signal?: AbortSignal) =>
  fetch(`${api.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ provider: 'slow', username, password }),
    ...(signal ? { signal } : {}),
  });
/** Goes away when the directory has been asked, or after a moment. */
async function leave(username: string, password: string, address?: string, isThere = () => answers > 0): Promise<void> {
  answers = 0;
  const leaving = new AbortController();
  const asked = ask(username, password, address, leaving.signal).then(
    () => expect.unreachable('it was answered'),
    () => undefined,
  );
  await eventually(async () => expect(isThere()).toBe(true));
  leaving.abort();
  await asked;
}
async function loggedIn(username: string): Promise<HttpClient> {
  const { accessToken } = (await (await ask(username, username)).json()) as { accessToken: string };
  return Object.assign(api.client(), { token: accessToken });
}
const facts = async (type: string) =>
  (await api.app.get(EventStore, { strict: false }).readAll(0, 10_000)).filter((event) => event.type === type);
const codes = async () => (await facts('LoginRefused')).map(({ data }) => (data as { code: string }).code);

describe('a browser that goes away while its password is looked at', () => {
  it('leaves no session, and a cancelled login in the history of its user', async () => {
    const fry = await loggedIn('fry');
    delayMs = SLOW_MS;
    await leave('fry', 'fry');
    await eventually(async () => expect(await codes()).toStrictEqual(['LOGIN_CANCELLED']));
    expect(await facts('SessionStarted')).toHaveLength(1);
    expect((await fry.call('GET', '/api/v1/me/sessions')).body.items).toHaveLength(1);
    expect((await fry.call('GET', '/api/v1/me/logins')).body.items).toMatchObject([{ code: 'LOGIN_CANCELLED' }, {}]);
  });

  it('has guessed all the same when the password was wrong', async () => {
    delayMs = SLOW_MS;
    for (const guess of ['one', 'two']) {
      await leave('leela', guess, GUESSER);
      await eventually(async () =>
        expect((await codes()).filter((code) => code === 'INVALID_CREDENTIALS')).toHaveLength(guess === 'one' ? 1 : 2),
      );
    }
    expect((await ask('leela', 'leela', GUESSER)).status).toBe(429);
  });
});

it('browsers that go away before it is their turn cost the directory nothing', async () => {
  await loggedIn('hermes');
  delayMs = SLOW_MS;
  answers = 0;
  const first = ask('hermes', 'hermes');
  await eventually(async () => expect(answers).toBeGreaterThan(0));
  const leaving = new AbortController();
  const gone = Array.from({ length: GONE }, () => ask('bender', 'bender', '192.0.2.1', leaving.signal).catch(() => undefined));
  await new Promise((resolve) => setTimeout(resolve, SLOW_MS / 2));
  leaving.abort();
  await Promise.all(gone);
  expect((await first).status).toBe(200);
  // Two or three for each login.
  expect(answers).toBeLessThan(GONE);
  // Of the same kind one is written down at once.
  await eventually(async () => expect((await codes()).filter((code) => code === 'LOGIN_CANCELLED')).toHaveLength(2));
});
