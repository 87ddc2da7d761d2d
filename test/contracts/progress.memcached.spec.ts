/** Holds the memcached adapter to the contract of the progress port on a real server, and to what it owes when that server is not well. */
import { createCache } from 'cache-manager';
import { afterEach, describe, expect, it } from 'vitest';
import type { MemcachedDriver } from '../../libs/progress/src/memcached/memcached-driver.js';
import { memcachedKeyv } from '../../libs/progress/src/memcached/memcached-keyv.js';
import { MemcachedProgress } from '../../libs/progress/src/memcached/memcached-progress.js';
import { MemoryProgress } from '../../libs/progress/src/memory/memory-progress.js';
import { NearAndFarProgress } from '../../libs/progress/src/near-and-far-progress.js';
import type { ProgressLine } from '../../libs/progress/src/progress.js';
import { eventually } from '../support/eventually.js';
import { Memcached } from '../support/memcached.js';
import { progressContract } from './progress.contract.js';

const LINES = 20;
const line = (number: number, message = `Line ${number}`): ProgressLine => ({
  id: String(number).padStart(6, '0'),
  at: '2026-11-22T10:00:00.000Z',
  phase: 'starting',
  message,
});

/** One replica's way to memcached. */
function replica({ server }: Memcached, options: { expireSeconds?: number; turns?: boolean[]; prefix?: string } = {}) {
  const { expireSeconds = 60, turns = [], prefix = 'test' } = options;
  const { keyv, driver } = memcachedKeyv({ servers: [server], onChange: (isAnswering) => turns.push(isAnswering) });
  const far = new MemcachedProgress(createCache({ stores: [keyv] }), driver, {
    prefix,
    expireSeconds,
    linesPerTopic: LINES,
  });
  return { driver, far, both: new NearAndFarProgress(new MemoryProgress({ topics: 10, linesPerTopic: LINES }), far) };
}

progressContract('memcached', async () => {
  const memcached = await Memcached.start();
  const { far, driver } = replica(memcached);
  return {
    progress: far,
    linesPerTopic: LINES,
    close: async () => {
      driver.end();
      await memcached.stop();
    },
  };
});

progressContract('memory in front of memcached', async () => {
  const memcached = await Memcached.start();
  const { both, driver } = replica(memcached);
  return {
    progress: both,
    linesPerTopic: LINES,
    close: async () => {
      driver.end();
      await memcached.stop();
    },
  };
});

progressContract('memory in front of a memcached that is not there', async () => {
  const { both, driver } = replica(await Memcached.absent());
  return { progress: both, linesPerTopic: LINES, close: async () => driver.end() };
});

describe('memcached between replicas', () => {
  const made: { driver: MemcachedDriver }[] = [];
  const servers: Memcached[] = [];
  const start = async (...flags: string[]) => {
    const memcached = await Memcached.start(...flags);
    servers.push(memcached);
    return memcached;
  };
  const connected = (...args: Parameters<typeof replica>) => {
    const one = replica(...args);
    made.push(one);
    return one;
  };
  afterEach(async () => {
    for (const { driver } of made.splice(0)) driver.end();
    for (const memcached of servers.splice(0)) {
      memcached.goOn();
      await memcached.stop();
    }
  });

  it('shows one replica what the others say, each line once, though all of them say it at once', async () => {
    const memcached = await start();
    const replicas = [connected(memcached), connected(memcached), connected(memcached)];
    const lines = Array.from({ length: 10 }, (_, index) => line(index + 1));
    await Promise.all(replicas.flatMap(({ far }) => lines.map((each) => far.publish('topic', each))));
    for (const { far } of replicas) expect(await far.read('topic')).toStrictEqual(lines);
  });

  it('keeps installations apart', async () => {
    const memcached = await start();
    await connected(memcached).far.publish('topic', line(1));
    expect(await connected(memcached, { prefix: 'other' }).far.read('topic')).toStrictEqual([]);
  });

  it('takes topics of any text and length', async () => {
    const { far } = connected(await start());
    for (const topic of ['a topic with spaces', 'Käse\r\nflush_all', 'x'.repeat(1_000)]) {
      await far.publish(topic, line(1, topic));
      expect(await far.read(topic)).toStrictEqual([line(1, topic)]);
    }
  });

  it('forgets lines when their time is over', async () => {
    const memcached = await start();
    const { far } = connected(memcached, { expireSeconds: 1 });
    await far.publish('topic', line(1));
    expect(await far.read('topic')).toStrictEqual([line(1)]);
    await eventually(async () => expect(await far.read('topic')).toStrictEqual([]));
  });

  it('keeps a topic for as long as its newest line, though its first one is gone', async () => {
    const memcached = await start();
    await connected(memcached, { expireSeconds: 2 }).far.publish('topic', line(1));
    const { far } = connected(memcached);
    await far.publish('topic', line(2));
    await eventually(async () => expect((await far.read('topic'))[0]).not.toStrictEqual(line(1)));
    expect(await far.read('topic')).toStrictEqual([line(2)]);
  });

  it('shows lines of others beside its own, in order', async () => {
    const memcached = await start();
    const [mine, theirs] = [connected(memcached), connected(memcached)];
    await theirs.far.publish('topic', line(2));
    await mine.both.publish('topic', line(1));
    await mine.both.publish('topic', line(3));
    expect(await mine.both.read('topic')).toStrictEqual([line(1), line(2), line(3)]);
    expect(await mine.both.read('topic', line(1).id)).toStrictEqual([line(2), line(3)]);
    await eventually(async () => expect(await theirs.far.read('topic')).toStrictEqual([line(1), line(2), line(3)]));
  });

  it('goes on without a server that stalls, and shares again when it goes on', async () => {
    const memcached = await start();
    const turns: boolean[] = [];
    const [mine, theirs] = [connected(memcached, { turns }), connected(memcached)];
    await mine.far.publish('topic', line(1));
    memcached.stall();
    // A start tells many lines: none of them waits, however long the server is silent.
    const published = Promise.all(Array.from({ length: 30 }, (_, index) => mine.both.publish('topic', line(index + 2))));
    const first = await Promise.race([published.then(() => 'published'), mine.far.read('topic').then(() => 'timed out')]);
    expect(first).toBe('published');
    expect((await mine.both.read('topic')).at(-1)).toStrictEqual(line(31));
    await eventually(() => expect(turns).toStrictEqual([false]));
    memcached.goOn();
    await eventually(async () => {
      await mine.both.publish('later', line(1));
      expect(await theirs.far.read('later')).toStrictEqual([line(1)]);
    });
    expect(turns.at(-1)).toBe(true);
  });

  it('goes on without a server that was killed, and shares again after its restart, having lost what it knew', async () => {
    const memcached = await start();
    const [mine, theirs] = [connected(memcached), connected(memcached)];
    await mine.far.publish('topic', line(1));
    await memcached.stop();
    await mine.both.publish('topic', line(2));
    expect(await mine.both.read('topic')).toStrictEqual([line(2)]);
    await memcached.start();
    expect(await theirs.far.read('topic')).toStrictEqual([]);
    await eventually(async () => {
      await mine.both.publish('topic', line(2));
      expect(await theirs.far.read('topic')).toStrictEqual([line(2)]);
    });
  });

  it('goes on with a server that is full, whether that one forgets others or refuses', async () => {
    for (const flags of [
      ['-m', '2'],
      ['-m', '2', '-M'],
    ]) {
      const memcached = await start(...flags);
      const { far, both } = connected(memcached);
      const large = 'x'.repeat(200_000);
      for (let number = 1; number <= 15; number++) await far.publish(`large-${number}`, line(number, large));
      await both.publish('topic', line(1));
      expect(await both.read('topic')).toStrictEqual([line(1)]);
    }
  });

  it('takes nothing for a line that others wrote under its keys', async () => {
    const memcached = await start();
    const { far, driver } = connected(memcached);
    await driver.setText('test/progress/topic', 'nonsense\u0000,,000001,', 60);
    await driver.setText('test/progress/topic/000001', '{"half', 60);
    expect(await far.read('topic')).toStrictEqual([]);
  });
});
