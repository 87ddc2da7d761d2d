/** What the views in memory know of sessions and logins, over a real store. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configurationSchema } from '#libs/common';
import { MemoryEventStore } from '../../event-sourcing/src/memory/memory-event-store.js';
import { IdentityViews } from './identity.views.js';
import { type SessionEvent, sessionStream } from './session.events.js';

const fry = { provider: 'planet-express', subject: 'fry-1' };
const leela = { provider: 'planet-express', subject: 'leela-1' };
const caller = { address: '192.0.2.1', userAgent: 'Browser' };
const iso = (offsetMs = 0) => new Date(Date.now() + offsetMs).toISOString();
const settings = configurationSchema.parse({});
const HOUR = 3_600_000;

let store: MemoryEventStore;
let views: IdentityViews;
beforeEach(() => {
  store = new MemoryEventStore();
  views = new IdentityViews(store, settings);
});
afterEach(async () => {
  await views.onModuleDestroy();
  await store.close();
});

const started = (identity: typeof fry, times: { startedAt?: string; expiresAt?: string } = {}): SessionEvent => ({
  type: 'SessionStarted',
  data: {
    identity,
    name: 'Somebody',
    roles: [],
    labels: [],
    ...caller,
    refreshHash: 'hash',
    startedAt: iso(),
    expiresAt: iso(HOUR),
    idleSeconds: 600,
    ...times,
  },
});
const ended: SessionEvent = { type: 'SessionEnded', data: { reason: 'logout', at: iso() } };
const refused = (subject?: string): SessionEvent => ({
  type: 'LoginRefused',
  data: { provider: 'planet-express', username: 'fry', ...(subject ? { subject } : {}), ...caller, code: 'INVALID_CREDENTIALS', at: iso() },
});

async function stored(...events: SessionEvent[]): Promise<string> {
  const id = crypto.randomUUID();
  await store.append(sessionStream(id), 0, events);
  return id;
}

describe('a session', () => {
  it('is live as soon as it is stored, before the view has seen it', async () => {
    const late = new IdentityViews(new MemoryEventStore(), settings);
    const id = await stored(started(fry));
    expect(await views.sessions.isLive(id)).toBe(true);
    expect(await late.sessions.isLive(id)).toBe(false);
    await late.onModuleDestroy();
  });

  it('is no longer live once it has ended, and not in the list', async () => {
    const id = await stored(started(fry), ended);
    await views.caughtUp();
    expect(await views.sessions.isLive(id)).toBe(false);
    expect(views.sessions.of(fry)).toStrictEqual([]);
  });

  it('lapses at its time without anybody ending it', async () => {
    const id = await stored(started(fry));
    await views.caughtUp();
    expect(await views.sessions.isLive(id, Date.now() + 599_000)).toBe(true);
    expect(await views.sessions.isLive(id, Date.now() + 601_000)).toBe(false);
    expect(views.sessions.of(fry, Date.now() + 601_000)).toStrictEqual([]);
    expect(views.sessions.lapsedIds(Date.now() + 601_000)).toStrictEqual([id]);
  });

  it('that was renewed long after its start is live after a restart', async () => {
    const renewed: SessionEvent = { type: 'SessionRenewed', data: { refreshHash: 'next', at: iso() } };
    const id = await stored(started(fry, { startedAt: iso(-HOUR) }), renewed);
    for (let count = 0; count < 1100; count++) await stored(started(leela));
    await views.caughtUp();
    expect(views.sessions.of(fry).map(({ id }) => id)).toStrictEqual([id]);
  });

  it('counts until it has ended, for all, its provider, its network and its user', async () => {
    const [one] = [await stored(started(fry)), await stored(started(leela))];
    await views.caughtUp();
    const { provider } = fry;
    const counts = () => [
      views.sessions.count(),
      views.sessions.count({ provider }),
      views.sessions.count({ provider, network: '192.0.2.1' }),
      views.sessions.count({ provider, network: '192.0.2.2' }),
      views.sessions.count({ user: fry }),
    ];
    expect(counts()).toStrictEqual([2, 2, 2, 0, 1]);
    await store.append(sessionStream(one), 1, [ended]);
    await views.caughtUp();
    expect(counts()).toStrictEqual([1, 1, 1, 0, 0]);
  });

  it.each(['', 'nonsense', crypto.randomUUID()])('%j never was', async (id) => expect(await views.sessions.isLive(id)).toBe(false));

  it('is listed for its user alone, the newest first', async () => {
    const first = await stored(started(fry));
    await stored(started(leela));
    const second = await stored(started(fry));
    await views.caughtUp();
    expect(views.sessions.of(fry).map(({ id }) => id)).toStrictEqual([second, first]);
  });

  it('shows no hash of its token', async () => {
    await stored(started(fry));
    await views.caughtUp();
    expect(JSON.stringify(views.sessions.of(fry))).not.toContain('hash');
  });
});

describe('the login history', () => {
  it('has successes and failures of known accounts, the newest first, with their end', async () => {
    const success = await stored(started(fry), ended);
    const failure = await stored(refused(fry.subject));
    await stored(refused());
    await stored(started(leela));
    await views.caughtUp();
    const logins = views.logins.of(fry, 10);
    expect(logins.map(({ session, code, endReason }) => ({ session, code, endReason }))).toStrictEqual([
      { session: failure, code: 'INVALID_CREDENTIALS', endReason: undefined },
      { session: success, code: undefined, endReason: 'logout' },
    ]);
  });

  it('goes on after a page where that page ended, whatever was added meanwhile', async () => {
    const ids = [];
    for (let count = 0; count < 5; count++) ids.unshift(await stored(started(fry)));
    await views.caughtUp();
    const page = views.logins.of(fry, 2);
    await stored(started(fry));
    await views.caughtUp();
    const rest = views.logins.of(fry, 10, page.at(-1)?.position);
    expect([...page, ...rest].map(({ session }) => session)).toStrictEqual(ids);
  });

  it('keeps the newest 500 of a user', async () => {
    for (let count = 0; count < 510; count++) await stored(started(fry));
    await views.caughtUp();
    expect(views.logins.of(fry, 1000)).toHaveLength(500);
  });
});

describe('views that an event keeps from going on', () => {
  const poison = { type: 'SessionStarted', data: {} } as unknown as SessionEvent;

  it('still refuse a session that ended, for they ask its stream', async () => {
    const id = await stored(started(fry));
    await views.caughtUp();
    await stored(poison);
    await store.append(sessionStream(id), 1, [ended]);
    await vi.waitFor(async () => expect(await views.sessions.isLive(id)).toBe(false), { timeout: 15_000 });
  });

  it('let nobody wait without end: what needs all of the log is refused, and the rest goes on', async () => {
    await stored(poison);
    await expect(views.caughtUp()).rejects.toMatchObject({ code: 'NOT_READY', status: 503 });
    await views.shown();
  });

  it('keep no process from starting', async () => {
    await stored(poison);
    await views.onApplicationBootstrap();
    const live = await stored(started(fry));
    const over = await stored(started(fry), ended);
    expect(await views.sessions.isLive(live)).toBe(true);
    expect(await views.sessions.isLive(over)).toBe(false);
  }, 30_000);
});
