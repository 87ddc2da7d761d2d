/** Which of Kubernetes' events people who wait get to read. */
import { describe, expect, test } from 'vitest';
import { makeDesktopPod } from './desktop.manifest.js';
import { type ClusterEvent, noticeOf } from './event.notice.js';
import { accepted, installation, settings, spec } from './manifest.fixtures.js';

const pod = accepted(makeDesktopPod(installation, settings(), spec));
const event = (type: string, reason: string, message = 'words', more: Partial<ClusterEvent> = {}): ClusterEvent => ({
  type,
  reason,
  message,
  lastTimestamp: '2026-01-01T00:00:00Z',
  involvedObject: { kind: 'Pod', name: 'deskhand-d1-3', uid: 'uid-1' },
  ...more,
});
const line = (phase: string, message: string) => ({ desktop: 'd1', run: 3, at: '2026-01-01T00:00:00.000Z', phase, message });

describe('events', () => {
  test.each([
    [event('Normal', 'Pulling', 'Pulling image "desktop:1"'), line('image', 'Pulling image "desktop:1"')],
    [event('Normal', 'Started', 'Started container desktop'), line('starting', 'Starting the display and the window manager')],
    [event('Warning', 'FailedScheduling', '0/1 nodes'), line('scheduled', 'FailedScheduling: 0/1 nodes')],
    [event('Warning', 'Failed', 'no such image'), line('image', 'Failed: no such image')],
    [event('Warning', 'FailedMount', 'not yet\u001b[31m'), line('starting', 'FailedMount: not yet [31m')],
  ])('$reason is a line', (of, expected) => {
    expect(noticeOf(of, pod)).toStrictEqual(expected);
  });
  test('what goes well is no line of its own', () => {
    for (const reason of ['Scheduled', 'Created', 'Killing']) expect(noticeOf(event('Normal', reason), pod)).toBeUndefined();
  });
  test('another pod of the same name is another pod', () => {
    const of = event('Warning', 'Failed', 'x', { involvedObject: { kind: 'Pod', name: 'deskhand-d1-3', uid: 'older' } });
    expect(noticeOf(of, pod)).toBeUndefined();
    expect(noticeOf(event('Warning', 'Failed'), undefined)).toBeUndefined();
  });
  test('an event whose time is only in eventTime, or nowhere, is a line all the same', () => {
    const eventTime = '2026-01-01T00:00:00.000000Z';
    expect(noticeOf(event('Warning', 'Failed', 'x', { lastTimestamp: null, eventTime }), pod)?.at).toBe('2026-01-01T00:00:00.000Z');
    expect(noticeOf(event('Warning', 'Failed', 'x', { lastTimestamp: null }), pod)?.at).toMatch(/^\d{4}-/);
  });
});
