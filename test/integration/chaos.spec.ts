/** A small share of what `npm run chaos` does: replicas are killed while desktops are made, used and ended, and nothing is lost. */
import { expect, it } from 'vitest';
import { runChaos } from '../chaos/chaos.js';

it('loses, doubles, orphans and falsely stops nothing while replicas are killed', async () => {
  const told: unknown[] = [];
  const options = { replicas: 3, desktops: 4, atOnce: 2, runtime: 'local', store: 'sqlite', killEveryMs: 2_000 } as const;
  const report = await runChaos(options, { ended: (life) => told.push(life), events: (...each) => told.push(each) });
  const { kills, ready, failedTyped, ...wrong } = report;
  expect(kills).toBeGreaterThan(0);
  expect(wrong, JSON.stringify(told)).toStrictEqual({ desktops: 4, lost: 0, orphans: 0, duplicated: 0, falselyStopped: 0 });
  // A machine that is busy with starting replicas again may let one deadline pass.
  expect(ready + failedTyped).toBe(4);
  expect(ready).toBeGreaterThanOrEqual(3);
}, 600_000);
