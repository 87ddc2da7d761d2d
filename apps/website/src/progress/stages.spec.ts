import { describe, expect, it } from 'vitest';
import type { ProgressLine } from '../api/types.js';
import { beginStages, type Report, report, STAGES, type StageList, stateOf } from './stages.js';

const line = (phase: string, seconds: number, id = `${phase}-${seconds}`): Report => {
  const at = new Date(seconds * 1000).toISOString();
  const progress: ProgressLine = { id, at, phase, message: phase };
  // Our clock is an hour off: only differences of one clock may be used.
  return { type: 'line', line: progress, now: seconds * 1000 + 3_600_000 };
};
const fold = (reports: Report[], start: StageList = beginStages(3_600_000, { tookMs: 300 })): StageList => reports.reduce(report, start);
const states = (list: StageList) => STAGES.map((stage) => stateOf(list, stage));

describe('the stages of a start', () => {
  it('begin after the login, whose time they keep', () => {
    expect(states(beginStages(0, { tookMs: 300 }))).toEqual(['done', 'active', 'waiting', 'waiting', 'waiting', 'waiting']);
    expect(beginStages(0, { tookMs: 300 }).took).toEqual({ 'signed-in': 300 });
  });

  it('go on with every phase and give each its own time, by the server’s clock', () => {
    const list = fold([
      line('requested', 1),
      line('scheduled', 2),
      line('image', 2.5),
      line('starting', 5),
      line('display', 6),
      { type: 'ready', at: new Date(6_200).toISOString(), now: 3_606_300 },
    ]);
    expect(states(list)).toEqual(STAGES.map(() => 'done'));
    expect(list.took).toEqual({ 'signed-in': 300, requested: 1000, scheduled: 1000, image: 3000, starting: 1000, display: 200 });
    expect(list.outcome).toEqual({ kind: 'ready' });
  });

  it('tick what was done as soon as it is, and what begins stays alive', () => {
    expect(states(fold([line('requested', 1), line('scheduled', 2)]))).toEqual(['done', 'done', 'done', 'active', 'waiting', 'waiting']);
    expect(states(fold([line('requested', 1), line('starting', 2)]))).toEqual(['done', 'done', 'done', 'done', 'active', 'waiting']);
  });

  it('give no time to a stage that was skipped', () => {
    const list = fold([line('requested', 1), line('starting', 2)]);
    expect(list.took).toEqual({ 'signed-in': 300, requested: 1000, scheduled: 1000 });
  });

  it('never go back, and take a line that comes again once', () => {
    const list = fold([line('requested', 1), line('starting', 2), line('scheduled', 3), line('starting', 2)]);
    expect(states(list)[4]).toBe('active');
    expect(list.lines.map(({ phase }) => phase)).toEqual(['requested', 'starting', 'scheduled']);
  });

  it('measure by our clock until the server named a time', () => {
    const list = fold([{ type: 'accepted', now: 3_600_150 }, line('requested', 1), line('scheduled', 1.4)]);
    expect(list.took).toEqual({ 'signed-in': 300, requested: 150, scheduled: 400 });
  });

  it('mark where it failed, and nothing after that changes it', () => {
    const failure = { code: 'DISPLAY_FAILED', detail: 'No.' };
    const list = fold([
      line('requested', 1),
      line('starting', 2),
      { type: 'failed', failure, now: 0 },
      { type: 'ready', now: 0 },
      line('display', 9),
    ]);
    expect(states(list)).toEqual(['done', 'done', 'done', 'done', 'failed', 'waiting']);
    expect(list.outcome).toEqual({ kind: 'failed', failure });
  });

  it('are all done for a desktop that was there already', () => {
    expect(
      states(
        fold([
          { type: 'accepted', now: 1 },
          { type: 'ready', now: 2 },
        ]),
      ),
    ).toEqual(STAGES.map(() => 'done'));
  });

  it('survive a line with a time that is none and a phase that nobody knows', () => {
    const odd: Report = { type: 'line', line: { id: 'x', at: 'soon', phase: 'dancing', message: '' }, now: 5 };
    expect(fold([odd]).lines).toHaveLength(1);
    expect(states(fold([odd]))[1]).toBe('active');
  });

  it('keep the newest 200 lines', () => {
    const list = fold(Array.from({ length: 300 }, (_, index) => line('image', index, String(index))));
    expect(list.lines).toHaveLength(200);
    expect(list.lines.at(-1)?.id).toBe('299');
  });
});
