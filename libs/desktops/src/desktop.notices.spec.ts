/** What a runtime says while somebody waits stands among the lines of progress, in the order of time, once. */
import { describe, expect, it } from 'vitest';
import type { RuntimeNotice } from '#libs/runtime';
import { noticeLine } from './desktop.notices.js';
import { progressOf } from './desktop.progress.js';

const notice = (second: number, message = 'Pulling image'): RuntimeNotice => ({
  desktop: 'd',
  run: 1,
  at: `2026-01-01T00:00:0${second}.000Z`,
  phase: 'image',
  message,
});
const scheduledAt = (position: number) =>
  progressOf({
    stream: 'desktop-d',
    version: 2,
    position,
    type: 'DesktopScheduled',
    data: { run: 1, at: notice(1).at },
    metadata: {},
  } as never).map(({ line }) => line.id);

describe('the line of a notice', () => {
  it('comes after the lines of the event before it and before those of the next', () => {
    const ids = [...scheduledAt(41), noticeLine(notice(2), 41).id, noticeLine(notice(3), 41).id, ...scheduledAt(42)];
    expect(ids.toSorted()).toStrictEqual(ids);
  });
  it('is the same line from every replica', () => {
    expect(noticeLine(notice(2), 41)).toStrictEqual(noticeLine(notice(2), 41));
    expect(noticeLine(notice(2), 41).id).not.toBe(noticeLine(notice(2, 'Pulled'), 41).id);
  });
});
