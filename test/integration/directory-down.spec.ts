/** A directory that does not answer: its own users are told so in time, and everybody else logs in as ever. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';
import { BadServer } from '../support/bad-servers.js';
import { eventually } from '../support/eventually.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

const WAITING = 500;
const TIMEOUT_MS = 3_000;
/** What a busy machine may take beside. */
const SLACK_MS = 2_500;

let slapd: Slapd;
let directory: BadServer;
let api: ApiServer;
let delayMs = 0;
beforeAll(async () => {
  slapd = await Slapd.start();
  directory = await BadServer.slow(slapd.url, () => delayMs);
  const ldap = { kind: 'ldap', service: ADMIN, user: { base: PEOPLE }, timeoutMs: TIMEOUT_MS };
  api = await ApiServer.start({
    identity: {
      providers: [
        { ...ldap, id: 'sick', displayName: 'Sick', urls: [directory.url] },
        { ...ldap, id: 'well', displayName: 'Well', urls: [slapd.url] },
        { kind: 'anonymous', id: 'anonymous', displayName: 'Anonymous' },
      ],
    },
  });
}, 60_000);
afterAll(async () => {
  await api?.remove();
  await directory?.close();
  await slapd?.remove();
});

const logIn = async (provider: string, credentials: object = { username: 'fry', password: 'fry' }) => {
  const begunAt = performance.now();
  const answer = await fetch(`${api.url}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ provider, ...credentials }),
  });
  const { code = 'signed in' } = (await answer.json()) as { code?: string };
  return { status: answer.status, code, retryAfter: answer.headers.get('retry-after'), ms: performance.now() - begunAt };
};
const ready = async () => {
  const answer = await fetch(`${api.url}/readyz`);
  return { status: answer.status, body: await answer.json() };
};

describe('a directory that is well', () => {
  it.each([
    ['of a wrong password', { username: 'fry', password: 'wrong' }],
    ['of a name that nobody has', { username: 'nobody', password: 'wrong' }],
    ['of a name that nobody can have', { username: 'fry\0', password: 'wrong' }],
    ['without asking it', { username: 'fry', password: '' }],
  ])('lets no refusal %s out before the others', async (_, credentials) => {
    const { status, code, ms } = await logIn('well', credentials);
    expect({ status, code }).toStrictEqual({ status: 401, code: 'INVALID_CREDENTIALS' });
    // Timers go by whole milliseconds.
    expect(ms).toBeGreaterThan(298);
  });
});

describe('while a directory is silent', () => {
  it(`${WAITING} logins that wait for it stop no others, and are told within its time`, async () => {
    expect(await logIn('sick')).toMatchObject({ status: 200 });
    expect(await ready()).toStrictEqual({ status: 200, body: { status: 'ok' } });
    delayMs = 3_600_000;
    let pending = WAITING;
    const waiting = Array.from({ length: WAITING }, () => logIn('sick').finally(() => pending--));
    const others = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? logIn('anonymous', {}) : logIn('well'))));
    expect(others.map(({ status }) => status)).toStrictEqual(others.map(() => 200));
    expect(pending).toBe(WAITING);
    const answers = await Promise.all(waiting);
    expect(new Set(answers.map(({ status, code }) => `${status} ${code}`))).toStrictEqual(new Set(['503 PROVIDER_UNAVAILABLE']));
    expect(Math.max(...answers.map(({ ms }) => ms))).toBeLessThan(TIMEOUT_MS + SLACK_MS);
  }, 60_000);

  it('readyz says so, and takes the whole installation for ready', async () =>
    expect(await ready()).toStrictEqual({
      status: 200,
      body: { status: 'ok', impaired: { 'provider sick': expect.stringMatching(/^does not answer; the next try is in \d+ s$/) } },
    }));

  it('who comes later is told at once, and when to try again', async () => {
    const { status, code, retryAfter } = await logIn('sick');
    expect({ status, code }).toStrictEqual({ status: 503, code: 'PROVIDER_UNAVAILABLE' });
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });

  it('it is found again when it answers, and nobody was counted as guessing', async () => {
    delayMs = 0;
    await eventually(async () => expect(await logIn('sick')).toMatchObject({ status: 200 }), 60_000);
    expect(await ready()).toStrictEqual({ status: 200, body: { status: 'ok' } });
  }, 90_000);
});
