/** The stages of a login as its client sees them: server-sent events over HTTP. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loginTopic, Progress } from '#libs/progress';
import { ApiServer } from '../support/api-server.js';
import { Memcached } from '../support/memcached.js';

let api: ApiServer;
beforeAll(async () => {
  api = await ApiServer.start();
});
afterAll(() => api.remove());

interface SentEvent {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: events have data of every shape
  readonly data: any;
}

const open = (attempt: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}/api/v1/auth/attempts/${attempt}/progress`, { headers, signal: AbortSignal.timeout(30_000) });

/** All events, once the stream has ended. */
async function eventsOf(answer: Response): Promise<SentEvent[]> {
  const blocks = (await answer.text()).split('\n\n').filter((block) => block.startsWith('id:'));
  return blocks.map((block) => {
    const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    return { id: fields.get('id') ?? '', event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? '') };
  });
}

const logIn = (attempt: string, password = 'fry') =>
  api.client().call('POST', '/api/v1/auth/login', { provider: 'office', username: 'fry', password, attempt });

describe('the progress of a login', () => {
  it('opened before the login tells every stage in order and ends with it', async () => {
    const attempt = crypto.randomUUID();
    const answer = await open(attempt);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    await logIn(attempt.toUpperCase());
    const events = await eventsOf(answer);
    expect(events.map(({ event, data }) => [event, data.phase])).toStrictEqual([
      ['progress', 'contacting'],
      ['progress', 'verifying'],
      ['progress', 'secrets'],
      ['signed-in', 'signed-in'],
    ]);
    expect(Object.keys(events[0]?.data)).toStrictEqual(['at', 'phase', 'message']);
  });

  it('opened after the login tells the same', async () => {
    const attempt = crypto.randomUUID();
    await logIn(attempt);
    expect((await eventsOf(await open(attempt))).at(-1)?.event).toBe('signed-in');
  });

  it('of a failed login ends with its code and remedy', async () => {
    const attempt = crypto.randomUUID();
    await logIn(attempt, 'wrong');
    const last = (await eventsOf(await open(attempt))).at(-1);
    expect(last).toMatchObject({
      event: 'failed',
      data: { code: 'INVALID_CREDENTIALS', detail: expect.any(String), remedy: expect.any(String) },
    });
  });

  it('says nothing about the person', async () => {
    const attempt = crypto.randomUUID();
    await logIn(attempt);
    expect(await (await open(attempt)).text()).not.toMatch(/fry/i);
  });

  it('goes on after the event that the client saw last, and tells when there is no more to come', async () => {
    const attempt = crypto.randomUUID();
    await logIn(attempt);
    const all = await eventsOf(await open(attempt));
    expect(await eventsOf(await open(attempt, { 'last-event-id': all[1]?.id ?? '' }))).toStrictEqual(all.slice(2));
    expect((await open(attempt, { 'last-event-id': all.at(-1)?.id ?? '' })).status).toBe(204);
  });

  it('is for attempts that are UUIDs', async () => {
    const answer = await open('nonsense');
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'INVALID_REQUEST', fields: { attempt: 'must be a UUID' } });
  });

  it('is read by many at once, and only a hundred from one address', async () => {
    const attempt = crypto.randomUUID();
    const streams = await Promise.all(Array.from({ length: 101 }, () => open(attempt)));
    const refused = streams.filter(({ status }) => status === 503);
    expect(refused).toHaveLength(1);
    expect(await refused[0]?.json()).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' });
    await logIn(attempt);
    const endings = await Promise.all(streams.filter(({ status }) => status === 200).map(eventsOf));
    expect(endings.every((events) => events.at(-1)?.event === 'signed-in')).toBe(true);
    expect((await open(crypto.randomUUID(), {})).status).toBe(200);
  });

  it('survives a client that leaves', async () => {
    const attempt = crypto.randomUUID();
    const leaving = new AbortController();
    await fetch(`${api.url}/api/v1/auth/attempts/${attempt}/progress`, { signal: leaving.signal });
    leaving.abort();
    const line = { id: '1', at: new Date().toISOString(), phase: 'contacting', message: 'Contacting' } as const;
    await api.app.get(Progress).publish(loginTopic(attempt), line);
    expect((await logIn(attempt)).status).toBe(200);
  });
});

describe('the progress of a login on another replica', () => {
  let memcached: Memcached;
  let replicas: readonly ApiServer[];
  beforeAll(async () => {
    memcached = await Memcached.start();
    const more = { progress: { kind: 'memcached', servers: [memcached.server] } };
    replicas = [await ApiServer.start({ more }), await ApiServer.start({ more })];
  });
  afterAll(async () => {
    for (const replica of replicas) await replica.remove();
    await memcached.stop();
  });

  const logInOn = (replica: ApiServer | undefined, attempt: string) =>
    replica?.client().call('POST', '/api/v1/auth/login', { provider: 'office', username: 'fry', password: 'fry', attempt });
  const openOn = (replica: ApiServer | undefined, attempt: string) => fetch(`${replica?.url}/api/v1/auth/attempts/${attempt}/progress`);

  it('is seen on every one, through memcached', async () => {
    const attempt = crypto.randomUUID();
    const streams = await Promise.all(replicas.map((replica) => openOn(replica, attempt)));
    await logInOn(replicas[0], attempt);
    for (const events of await Promise.all(streams.map(eventsOf)))
      expect(events.map(({ data }) => data.phase)).toStrictEqual(['contacting', 'verifying', 'secrets', 'signed-in']);
  });

  it('is seen where the login is when memcached is silent, and the login goes on without it', async () => {
    memcached.stall();
    const attempt = crypto.randomUUID();
    expect((await logInOn(replicas[0], attempt))?.status).toBe(200);
    expect((await eventsOf(await openOn(replicas[0], attempt))).at(-1)?.event).toBe('signed-in');
    await memcached.stop();
    expect((await logInOn(replicas[1], crypto.randomUUID()))?.status).toBe(200);
  });
});
