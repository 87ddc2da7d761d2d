import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { announced, looked, nextLook, type PlacedLaunch, showing, stopped } from './placed-launch.js';

const inContainer = announced({ id: 'a', application: 'x', place: 'container' }, 1_000);
const inPod = announced({ id: 'a', application: 'x', place: 'pod', machine: 'm' }, 1_000);

/** What happens to a launch, in words; `look` finds a process, `miss` none. */
type Step = 'look' | 'miss' | 'window' | 'no window' | 'stop' | 'stop with window';
const having = (launch: PlacedLaunch, ...steps: readonly Step[]): PlacedLaunch =>
  steps.reduce((last, step) => {
    if (step === 'look' || step === 'miss') return looked(last, step === 'look', 1_000);
    if (step === 'window' || step === 'no window') return showing(last, step === 'window');
    return stopped(last, step === 'stop with window', 1_000);
  }, launch);

describe('a container', () => {
  test.each<[readonly Step[], PlacedLaunch['state']]>([
    [[], 'starting'],
    [['miss', 'miss', 'miss'], 'starting'],
    [['look'], 'running'],
    [['window'], 'running'],
    [['look', 'miss'], 'running'],
    [['look', 'miss', 'look', 'miss'], 'running'],
    [['look', 'miss', 'miss'], 'exited'],
    [['window', 'no window', 'miss', 'miss'], 'exited'],
    [['look', 'no window', 'look'], 'running'],
    [['stop', 'miss', 'miss'], 'stopping'],
    [['stop', 'look'], 'stopping'],
    [['stop', 'window'], 'stopping'],
    [['stop', 'look', 'miss', 'miss'], 'exited'],
    [['look', 'stop', 'miss', 'miss'], 'exited'],
    [['look', 'miss', 'miss', 'look', 'window', 'stop'], 'exited'],
  ])('after %j is %s', (steps, state) => {
    expect(having(inContainer, ...steps).state).toBe(state);
  });

  test('that was stopped before it came is given up a quarter of an hour after that, however long ago it was announced', () => {
    const given = stopped(inContainer, false, 10_000_000);
    expect(looked(given, false, 10_000_000 + 15 * 60_000 - 1).state).toBe('stopping');
    expect(looked(given, false, 10_000_000 + 15 * 60_000).state).toBe('exited');
  });

  test.each<[string, PlacedLaunch, number, number | undefined]>([
    ['young', inContainer, 20_999, 50],
    ['awaited for long', inContainer, 21_000, 1_000],
    ['stopped after a long wait', stopped(inContainer, false, 90_000), 100_000, 50],
    ['there', having(inContainer, 'look'), 1_000, 1_000],
    ['missed once', having(inContainer, 'look', 'miss'), 90_000, 50],
    ['being ended', having(inContainer, 'look', 'stop'), 90_000, 50],
    ['gone', having(inContainer, 'look', 'miss', 'miss'), 1_000, undefined],
    ['a pod', inPod, 1_000, undefined],
  ])('is looked for as often as needed: %s', (_name, launch, now, pause) => {
    expect(nextLook(launch, now)).toBe(pause);
  });
});

describe('a pod', () => {
  test.each<[readonly Step[], PlacedLaunch['state']]>([
    [['no window'], 'starting'],
    [['window'], 'running'],
    [['window', 'no window'], 'running'],
    [['stop'], 'exited'],
    [['window', 'stop with window'], 'stopping'],
    [['window', 'stop with window', 'window'], 'stopping'],
    [['window', 'stop with window', 'window', 'no window'], 'exited'],
    [['window', 'no window', 'stop'], 'exited'],
  ])('after %j is %s', (steps, state) => {
    expect(having(inPod, ...steps).state).toBe(state);
  });
});

test('a launch never comes back from where it went', () => {
  const order = ['starting', 'running', 'stopping', 'exited'];
  const steps = fc.array(fc.constantFrom<Step>('look', 'miss', 'window', 'no window', 'stop', 'stop with window'));
  fc.assert(
    fc.property(fc.constantFrom(inContainer, inPod), steps, (launch, all) => {
      const states = all.map((_, count) => order.indexOf(having(launch, ...all.slice(0, count + 1)).state));
      expect(states).toEqual([...states].sort());
    }),
  );
});
