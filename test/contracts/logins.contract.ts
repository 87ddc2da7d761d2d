/** What every history of logins holds to. */
import { describe, expect, it } from 'vitest';
import type { EventStore } from '#libs/event-sourcing';
import { type Logins, type SessionEvent, sessionStream } from '#libs/identity';
import { eventually } from '../support/eventually.js';

export interface LoginsRig {
  readonly store: EventStore;
  readonly logins: Logins;
}

export const fry = { provider: 'planet-express', subject: 'fry-1' };
export const leela = { provider: 'planet-express', subject: 'leela-1' };
const caller = { address: '192.0.2.1', userAgent: 'Browser' };
const at = '2026-11-24T10:00:00.000Z';

export const started = (identity: typeof fry): SessionEvent => ({
  type: 'SessionStarted',
  data: {
    identity,
    name: 'Somebody',
    roles: ['user'],
    labels: [],
    ...caller,
    refreshHash: 'hash',
    startedAt: at,
    expiresAt: at,
    idleSeconds: 600,
  },
});
export const ended: SessionEvent = { type: 'SessionEnded', data: { reason: 'logout', at: '2026-11-24T11:00:00.000Z' } };
const refused = (subject?: string): SessionEvent => ({
  type: 'LoginRefused',
  data: {
    provider: fry.provider,
    username: 'fry',
    ...caller,
    code: 'INVALID_CREDENTIALS',
    at,
    ...(subject === undefined ? {} : { subject }),
  },
});

export async function stored(store: EventStore, ...events: readonly SessionEvent[]): Promise<string> {
  const id = crypto.randomUUID();
  await store.append(sessionStream(id), 0, events);
  return id;
}

export function loginsContract(adapter: string, rig: () => LoginsRig): void {
  describe(`the history of logins in ${adapter}`, () => {
    it('has successes and failures of known accounts, the newest first, with their end', async () => {
      const { store, logins } = rig();
      const success = await stored(store, started(fry), ended);
      const failure = await stored(store, refused(fry.subject));
      await stored(store, refused());
      await stored(store, started(leela));
      await eventually(async () => expect(await logins.of(fry, 10)).toHaveLength(2));
      const [newest, oldest] = await logins.of(fry, 10);
      const shared = { at, provider: fry.provider, ...caller, position: expect.any(Number) };
      expect(newest).toStrictEqual({ ...shared, session: failure, code: 'INVALID_CREDENTIALS' });
      expect(oldest).toStrictEqual({ ...shared, session: success, endedAt: '2026-11-24T11:00:00.000Z', endReason: 'logout' });
    });

    it('goes on after a page where that page ended, whatever was added meanwhile', async () => {
      const { store, logins } = rig();
      const ids: string[] = [];
      for (let count = 0; count < 5; count++) ids.unshift(await stored(store, started(fry)));
      await eventually(async () => expect(await logins.of(fry, 10)).toHaveLength(5));
      const page = await logins.of(fry, 2);
      await stored(store, started(fry));
      const rest = await logins.of(fry, 10, page.at(-1)?.position);
      expect([...page, ...rest].map(({ session }) => session)).toStrictEqual(ids);
      await eventually(async () => expect(await logins.of(fry, 10)).toHaveLength(6));
    });

    it('has nothing of somebody who never came', async () => {
      expect(await rig().logins.of(leela, 10)).toEqual([]);
    });
  });
}
