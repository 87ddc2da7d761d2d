/** Holds the history of logins in MongoDB to its contract; and what views in a database have beside it: several processes, strict rows, rebuilding. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { migrateStore, type RebuildProgress, type RecordedEvent } from '#libs/event-sourcing';
import { migrations } from '#migrations';
import { commands } from '../../apps/operator/src/commands.js';
import { DesktopRows } from '../../libs/desktops/src/mongo/desktop-rows.js';
import { connect } from '../../libs/event-sourcing/src/mongo/connection.js';
import { MongoEventStore } from '../../libs/event-sourcing/src/mongo/mongo-event-store.js';
import { MongoViews } from '../../libs/event-sourcing/src/mongo/mongo-views.js';
import { loginsView } from '../../libs/identity/src/mongo/logins.view.js';
import { MongoLogins } from '../../libs/identity/src/mongo/mongo-logins.js';
import { eventually } from '../support/eventually.js';
import { MongoServer, type MongoStore } from '../support/mongo.js';
import { recordedEvents } from '../support/recorded-events.js';
import { buildChild, Child } from '../support/store-child.js';
import { ended, fry, leela, loginsContract, started, stored } from './logins.contract.js';

interface Replica {
  readonly connection: Connection;
  readonly store: MongoEventStore;
  readonly views: MongoViews;
  readonly logins: MongoLogins;
}

let mongo: MongoServer;
let configuration: MongoStore;
let here: Replica;
let there: Replica;

async function replica(): Promise<Replica> {
  const connection = await connect(configuration);
  const store = new MongoEventStore(connection, { pollMs: 50, leaseMs: 1500 });
  const views = new MongoViews(connection, store);
  return { connection, store, views, logins: new MongoLogins(views) };
}

beforeAll(async () => {
  mongo = await MongoServer.start();
}, 300_000);
afterAll(() => mongo.dispose());
beforeEach(async () => {
  configuration = await mongo.store();
  [here, there] = [await replica(), await replica()];
});
afterEach(async () => {
  for (const { logins, store } of [here, there]) {
    await logins.onModuleDestroy();
    await store.close();
  }
});

loginsContract('MongoDB', () => ({ store: here.store, logins: here.logins }));

describe('views in MongoDB', () => {
  it('are the same in every process, and go on when the one that feeds them ends', async () => {
    const first = await stored(here.store, started(fry));
    for (const { logins } of [here, there])
      await eventually(async () => expect(await logins.of(fry, 10)).toMatchObject([{ session: first }]));
    await here.logins.onModuleDestroy();
    const second = await stored(there.store, started(fry));
    await eventually(async () => expect(await there.logins.of(fry, 10)).toMatchObject([{ session: second }, { session: first }]));
  });

  it('refuse a row with something in it that nobody declared', async () => {
    const undeclared = (event: RecordedEvent) =>
      loginsView.changesOf(event).map((change) => ({ make: { ...change, _id: event.stream, secret: 'x' } }));
    const rows = here.views.open({ ...loginsView, name: 'strict', changesOf: undeclared as unknown as typeof loginsView.changesOf });
    const model = await rows.ask(async (found) => found);
    await stored(here.store, started(fry));
    await eventually(async () => expect(await here.store.supervision.troubles()).toMatchObject([{ subscription: 'view-strict@1' }]));
    expect(await model.countDocuments({})).toBe(0);
    await expect(model.updateOne({ _id: 'x' }, { $set: { secret: 'x' } as object }, { upsert: true })).rejects.toThrow('secret');
    await rows.stop();
  });

  it('that the database refuses to answer are unavailable, as its events are', async () => {
    const rows = here.views.open(loginsView);
    await expect(rows.ask((model) => model.collection.find({ $nonsense: 1 }).toArray())).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      detail: expect.stringContaining('$nonsense'),
    });
    await rows.stop();
  });

  it('are built again while they serve, with what went wrong put right, and every process uses the new one', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 30; count++) ids.unshift(await stored(here.store, started(fry), ended));
    await eventually(async () => expect(await here.logins.of(fry, 100)).toHaveLength(30));
    // As a bug in the view would have left it.
    await (await here.connection.collection('logins_1')).updateMany({}, { $set: { address: '203.0.113.9' } });

    const progress: RebuildProgress[] = [];
    let served = 0;
    let building = true;
    const serving = (async () => {
      for (; building; served++) {
        expect((await there.logins.of(fry, 100)).length).toBeGreaterThanOrEqual(30);
        if (served === 2) ids.unshift(await stored(there.store, started(fry)));
        await pause(10);
      }
    })();
    await there.views.rebuild(loginsView, (report) => void progress.push(report));
    building = false;
    await serving;

    expect(served).toBeGreaterThan(2);
    expect(progress.at(-1)?.position).toBeGreaterThanOrEqual(60);
    for (const { logins } of [here, there]) {
      const page = await eventually(async () => {
        const found = await logins.of(fry, 100);
        expect(found.map(({ session }) => session)).toEqual(ids);
        return found;
      });
      expect(new Set(page.map(({ address }) => address))).toEqual(new Set(['192.0.2.1']));
    }
    const collections = (await here.connection.listCollections()).map(({ name }) => name);
    expect(collections.filter((name) => name.startsWith('logins_'))).toEqual(['logins_2']);
    const indexes = await here.connection.collection('logins_2').listIndexes().toArray();
    expect(indexes.map(({ name }) => name).sort()).toEqual(['_id_', 'user_login']);
    const last = await stored(here.store, started(leela));
    await eventually(async () => expect(await there.logins.of(leela, 10)).toMatchObject([{ session: last }]));
  }, 60_000);

  it('are migrated where they are since they were built again, and a migration that is repeated makes none that nobody reads', async () => {
    await stored(here.store, started(fry));
    await here.views.rebuild(loginsView, () => {});
    const live = here.connection.collection('logins_2');
    await live.dropIndexes();
    await here.connection.collection('migrations').deleteMany({});
    await migrateStore(configurationSchema.parse({ store: configuration }), migrations, () => {});
    const collections = (await here.connection.listCollections()).map(({ name }) => name);
    expect(collections.filter((name) => name.startsWith('logins_'))).toEqual(['logins_2']);
    expect((await live.listIndexes().toArray()).map(({ name }) => name)).toContain('user_login');
  }, 60_000);

  it('are built again by an operator, one at a time', async () => {
    await stored(here.store, started(fry));
    const whole = configurationSchema.parse({ store: configuration });
    const [first, second] = await Promise.allSettled([here, there].map(({ views }) => views.rebuild(loginsView, () => {})));
    expect([first, second].map((outcome) => outcome?.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await commands.projections?.(whole, ['rebuild', 'logins'])).toBe(0);
    expect(await commands.projections?.(whole, ['rebuild', 'nonsense'])).toBe(2);
    await eventually(async () => expect(await here.logins.of(fry, 10)).toHaveLength(1));
    await expect(commands.projections?.(configurationSchema.parse({}), ['rebuild', 'logins'])).rejects.toMatchObject({
      code: 'CONFIGURATION_INVALID',
    });
  }, 60_000);

  it('leave out in the next generation what operators had left out in this one', async () => {
    const { supervision } = here.store;
    await stored(here.store, started(fry));
    // What feeds the view has taken in what there was of troubles before it named any.
    await eventually(async () => expect(await here.logins.of(fry, 10)).toHaveLength(1));
    const trouble = {
      subscription: 'view-logins@1',
      position: 1,
      stream: 'session-1',
      type: 'SessionStarted',
      error: 'hurts',
      since: 'then',
    };
    await supervision.report(trouble);
    await supervision.report({ ...trouble, position: 2 });
    expect(await supervision.instruct(trouble.subscription, 1, 'skip')).toBe(true);
    await here.views.rebuild(loginsView, () => {});
    expect(await supervision.troubles()).toEqual([
      { ...trouble, subscription: expect.stringMatching(/^view-logins@(?!1$)/), instruction: { kind: 'skip' } },
    ]);
  }, 60_000);

  describe('whose rebuild is a process of its own', () => {
    let program: string;
    let rebuild: Child;
    beforeAll(async () => {
      program = await buildChild();
    });
    afterAll(() => rmSync(dirname(program), { recursive: true }));
    beforeEach(async () => {
      await stored(here.store, started(fry), ended);
      rebuild = new Child(process.execPath, program, 'rebuild', JSON.stringify(configuration), 'logins', '2');
      await eventually(() => expect(rebuild.lines).toContain('at 1'));
    });
    afterEach(() => rebuild.kill());

    const again = () => here.views.rebuild(loginsView, () => {});
    const refusal = { code: 'CONFLICT', detail: 'Somebody else is building logins again.' };
    const sessions = async () => (await here.logins.of(fry, 10)).map(({ endedAt }) => endedAt !== undefined);

    it('are built by another one within seconds after it was killed, and nothing of it stays', async () => {
      await expect(again()).rejects.toMatchObject(refusal);
      await rebuild.kill();
      const killedAt = performance.now();
      await eventually(again);
      // Its lease of 4 s, the new one's work, and the 3 s for which the old rows are kept; a busy machine may take longer.
      expect(performance.now() - killedAt).toBeLessThan(20_000);
      expect(await sessions()).toEqual([true]);
      const collections = (await here.connection.listCollections()).map(({ name }) => name);
      expect(collections.filter((name) => name.startsWith('logins_'))).toHaveLength(1);
      expect((await here.store.supervision.positions()).filter(({ name }) => name.startsWith('view-logins'))).toHaveLength(1);
    }, 60_000);

    it('are left alone by one that stood still so long that another has begun', async () => {
      rebuild.process.kill('SIGSTOP');
      await eventually(again);
      rebuild.process.kill('SIGCONT');
      await eventually(() => expect(rebuild.lines).toContain('CONFLICT Somebody else has begun to build logins again meanwhile.'));
      await rebuild.ended();
      expect(await sessions()).toEqual([true]);
      const last = await stored(there.store, started(fry));
      await eventually(async () => expect(await here.logins.of(fry, 10)).toMatchObject([{ session: last }, {}]));
    }, 60_000);
  });

  it('take every event that was ever recorded', async () => {
    const desktops = new DesktopRows(here.views);
    for (const [stream, events] of Object.entries(recordedEvents())) await here.store.append(stream, 0, events);
    const head = await here.store.head();
    await eventually(async () => {
      const positions = await here.store.supervision.positions();
      expect(positions.filter(({ position }) => position === head).map(({ name }) => name)).toEqual([
        'view-desktops@1',
        'view-logins@1',
        'view-sessions@1',
      ]);
    });
    expect(await desktops.view.ask((rows) => rows.find({}).lean().exec())).toMatchObject([
      { profile: 'standard', owner: 'planet-express fry' },
    ]);
    await desktops.onModuleDestroy();
  });
});
