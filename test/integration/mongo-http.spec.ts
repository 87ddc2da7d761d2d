/** The control plane on MongoDB: two replicas, and people who log in on either. */
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EventStore } from '#libs/event-sourcing';
import { ApiServer } from '../support/api-server.js';
import { eventually } from '../support/eventually.js';
import { MongoServer } from '../support/mongo.js';

let mongo: MongoServer;
let replicas: readonly [ApiServer, ApiServer];

beforeAll(async () => {
  mongo = await MongoServer.start();
  const store = await mongo.store();
  const first = await ApiServer.start({ store });
  // Replicas have the same keys.
  const data = mkdtempSync(join(tmpdir(), 'deskhand-api-'));
  const { data: keys } = first as unknown as { data: string };
  cpSync(keys, data, { recursive: true });
  replicas = [first, await ApiServer.start({ store, data })];
}, 300_000);
afterAll(async () => {
  for (const replica of replicas) await replica.remove();
  await mongo.dispose();
});

it('shows logins of one replica in the history of the other, page by page', async () => {
  const [here, there] = replicas.map((replica) => replica.client());
  await here?.call('POST', '/api/v1/auth/login', { provider: 'planet-express', username: 'fry', password: 'wrong' });
  await here?.logIn('fry');
  await there?.logIn('fry');
  for (const client of [here, there]) {
    const { body } = await eventually(async () => {
      const answer = await client?.call('GET', '/api/v1/me/logins?limit=2');
      expect(answer?.body.nextCursor).toBeDefined();
      return answer as { body: { items: object[]; nextCursor: string } };
    });
    const rest = await client?.call('GET', `/api/v1/me/logins?limit=2&cursor=${body.nextCursor}`);
    expect([...body.items, ...(rest?.body.items ?? [])]).toMatchObject([
      { outcome: 'success' },
      { outcome: 'success' },
      { outcome: 'failure' },
    ]);
  }
});

it('names in readyz of every replica what a view stands still at, and goes on taking requests', async () => {
  const trouble = {
    subscription: 'view-logins@1',
    position: 2,
    stream: 'session-1',
    type: 'SessionStarted',
    error: 'secret',
    since: 'now',
  };
  await replicas[0].app.get(EventStore).supervision.report(trouble);
  for (const replica of replicas) {
    const { status, body } = await replica.client().call('GET', '/readyz');
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { status: 'ok', impaired: { 'subscription view-logins@1': 'stands still at event 2 (SessionStarted)' } },
    });
  }
});
