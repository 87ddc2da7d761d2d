/** Holds the memory adapter to the contract of the progress port, and to its own bound on topics. */
import { expect, it } from 'vitest';
import { MemoryProgress } from '../../libs/progress/src/memory/memory-progress.js';
import { progressContract } from './progress.contract.js';

progressContract('memory', async () => ({
  progress: new MemoryProgress({ topics: 10, linesPerTopic: 20 }),
  linesPerTopic: 20,
  close: async () => {},
}));

it('forgets the topics that were used longest ago', async () => {
  const progress = new MemoryProgress({ topics: 3, linesPerTopic: 5 });
  const line = { id: '1', at: '2026-11-22T10:00:00.000Z', phase: 'starting', message: 'Starting' } as const;
  for (const topic of ['a', 'b', 'c', 'd']) await progress.publish(topic, line);
  expect(await progress.read('a')).toStrictEqual([]);
  expect(await progress.read('d')).toStrictEqual([line]);
});
