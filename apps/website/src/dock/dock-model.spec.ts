import { describe, expect, it } from 'vitest';
import type { Application, DesktopWindow, Launch } from '../api/types.js';
import { clickOn, type DockSources, dockItems, firstPins, newlyFailed } from './dock-model.js';

const application = (name: string, ...categories: string[]): Application => ({
  name,
  displayName: name.toUpperCase(),
  categories,
  keywords: [],
});
const launch = (id: string, name: string, status: Launch['status'] = 'running'): Launch => ({ id, application: name, status });
const window = (id: string, owner?: string, active = false, className = 'Odd'): DesktopWindow => ({
  id,
  title: `title ${id}`,
  class: className,
  active,
  ...(owner ? { application: owner } : {}),
});
const sources = (changes: Partial<DockSources>): DockSources => ({
  pinned: [],
  applications: [application('term'), application('edit'), application('paint')],
  launches: [],
  windows: [],
  ...changes,
});
const brief = (changes: Partial<DockSources>) => dockItems(sources(changes)).map(({ key, status, pinned }) => [key, status, pinned]);

describe('the dock', () => {
  it('shows what is pinned in that order, and not what the user may not start any more', () => {
    expect(brief({ pinned: ['edit', 'gone', 'term'] })).toEqual([
      ['edit', 'idle', true],
      ['term', 'idle', true],
    ]);
  });

  it('adds what runs after that, once', () => {
    expect(brief({ pinned: ['edit'], launches: [launch('1', 'term'), launch('2', 'term'), launch('3', 'edit')] })).toEqual([
      ['edit', 'running', true],
      ['term', 'running', false],
    ]);
  });

  it('tells starting from running, and forgets what has ended', () => {
    const launches = [launch('1', 'term', 'requested'), launch('2', 'edit', 'exited'), launch('3', 'paint', 'failed')];
    expect(brief({ launches })).toEqual([['term', 'starting', false]]);
  });

  it('takes a window for a sign of life before the launch is said to run', () => {
    expect(brief({ launches: [launch('1', 'term', 'starting')], windows: [window('9', '1')] })).toEqual([['term', 'running', false]]);
  });

  it('gives windows to the application of their launch, even when that has ended', () => {
    const [item] = dockItems(sources({ launches: [launch('1', 'term', 'exited')], windows: [window('9', '1')] }));
    expect([item?.key, item?.windows.length]).toEqual(['term', 1]);
  });

  it('knows a window by its class where nothing else tells', () => {
    expect(brief({ windows: [window('9', undefined, false, 'Paint')] })).toEqual([['paint', 'running', false]]);
  });

  it('shows foreign windows too, by class', () => {
    const [item] = dockItems(sources({ windows: [window('9'), window('10')] }));
    expect([item?.name, item?.windows.length, item?.application]).toEqual(['Odd', 2, undefined]);
  });
});

describe('a click in the dock', () => {
  const click = (changes: Partial<DockSources>) => {
    const [item] = dockItems(sources(changes));
    return item && clickOn(item);
  };

  it('starts what does not run', () => {
    expect(click({ pinned: ['term'] })).toEqual({ do: 'launch', application: 'term' });
  });

  it('does nothing while it starts', () => {
    expect(click({ launches: [launch('1', 'term', 'starting')] })).toEqual({ do: 'nothing' });
  });

  it('brings its window to the front', () => {
    expect(click({ launches: [launch('1', 'term')], windows: [window('9', '1')] })).toEqual({ do: 'activate', window: '9' });
  });

  it('goes round its windows', () => {
    const round = (active: string) =>
      click({ launches: [launch('1', 'term')], windows: ['a', 'b'].map((id) => window(id, '1', id === active)) });
    expect([round('a'), round('b'), round('')]).toEqual([
      { do: 'activate', window: 'b' },
      { do: 'activate', window: 'a' },
      { do: 'activate', window: 'a' },
    ]);
  });

  it('starts another of a program that runs without windows', () => {
    expect(click({ launches: [launch('1', 'term')] })).toEqual({ do: 'launch', application: 'term' });
  });
});

describe('the first pins', () => {
  it('are one of each kind that nearly everybody needs', () => {
    const all = [
      application('a', 'Game'),
      application('b', 'System', 'TerminalEmulator'),
      application('c', 'TerminalEmulator'),
      application('d', 'TextEditor'),
    ];
    expect(firstPins(all)).toEqual(['b', 'd']);
  });

  it('are none where there is none', () => {
    expect(firstPins([])).toEqual([]);
  });
});

describe('a failed launch', () => {
  const before = [launch('1', 'term', 'requested'), launch('2', 'edit', 'failed'), launch('3', 'paint', 'running')];
  const exited = (exitCode: number): Launch[] => [{ ...launch('3', 'paint', 'exited'), exitCode }];
  const ids = (now: readonly Launch[], shown: readonly string[] = []) => newlyFailed(before, now, new Set(shown)).map(({ id }) => id);

  it('is told once, to those who waited for it', () => {
    const now = [
      launch('1', 'term', 'failed'),
      launch('2', 'edit', 'failed'),
      launch('3', 'paint', 'exited'),
      launch('4', 'odd', 'failed'),
    ];
    expect(ids(now)).toEqual(['1']);
    expect(newlyFailed(now, now, new Set())).toEqual([]);
  });

  it('is one that ended with an error before it showed a window', () => {
    expect(ids(exited(3))).toEqual(['3']);
    expect(ids(exited(3), ['3'])).toEqual([]);
    expect(ids(exited(0))).toEqual([]);
  });
});
