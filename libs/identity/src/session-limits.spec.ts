/** How many sessions there may be, over a real store. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configurationSchema } from '#libs/common';
import { MemoryEventStore } from '../../event-sourcing/src/memory/memory-event-store.js';
import { IdentityViews } from './identity.views.js';
import type { IdentityProvider } from './identity-provider.js';
import { sessionStream } from './session.events.js';
import { MOST_PER_USER, MOST_SESSIONS, SessionLimits } from './session-limits.js';

const fry = { provider: 'office', subject: 'fry' };
const office = { id: 'office' } as IdentityProvider;

let store: MemoryEventStore;
let views: IdentityViews;
let limits: SessionLimits;
beforeEach(() => {
  store = new MemoryEventStore();
  views = new IdentityViews(store, configurationSchema.parse({}));
  limits = new SessionLimits(store, views);
});
afterEach(async () => {
  await views.onModuleDestroy();
  await store.close();
});

async function open(subject: string): Promise<string> {
  const id = crypto.randomUUID();
  const times = { startedAt: new Date().toISOString(), expiresAt: new Date(Date.now() + 3_600_000).toISOString(), idleSeconds: 600 };
  const person = { identity: { ...fry, subject }, name: subject, roles: [], labels: [], address: '192.0.2.1', userAgent: '' };
  await store.append(sessionStream(id), 0, [{ type: 'SessionStarted', data: { ...person, ...times, refreshHash: '' } }]);
  return id;
}
async function openWithin(subject = 'fry'): Promise<string> {
  await views.caughtUp();
  return limits.within(office, { ...fry, subject }, '192.0.2.1', () => open(subject));
}

describe('sessions', () => {
  it('of one user end with the oldest when there are too many, and nobody else loses theirs', async () => {
    const other = await openWithin('leela');
    const ids: string[] = [];
    for (let count = 0; count <= MOST_PER_USER; count++) ids.push(await openWithin());
    await views.caughtUp();
    expect(views.sessions.count({ user: fry })).toBe(MOST_PER_USER);
    expect(await views.sessions.isLive(ids[0] ?? '')).toBe(false);
    expect((await store.read(sessionStream(ids[0] ?? ''))).at(-1)).toMatchObject({ type: 'SessionEnded', data: { reason: 'replaced' } });
    for (const id of [other, ids[1], ids.at(-1)]) expect(await views.sessions.isLive(id ?? '')).toBe(true);
  });

  it('of all are so many at most: none is forgotten, and the next one is turned away until there is room', async () => {
    const first = await open('user 0');
    for (let count = 1; count < MOST_SESSIONS; count++) await open(`user ${count}`);
    await vi.waitFor(() => views.caughtUp(), { timeout: 15_000 });
    await expect(openWithin()).rejects.toMatchObject({ code: 'TOO_MANY_SESSIONS', status: 429 });
    expect(views.sessions.of({ ...fry, subject: 'user 0' }).map(({ id }) => id)).toStrictEqual([first]);
    await store.append(sessionStream(first), 1, [{ type: 'SessionEnded', data: { reason: 'logout', at: new Date().toISOString() } }]);
    expect(await openWithin()).toEqual(expect.any(String));
  }, 60_000);
});
