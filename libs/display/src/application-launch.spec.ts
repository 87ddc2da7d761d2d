import { describe, expect, test } from 'vitest';
import { DeskhandError } from '#libs/common';
import { parseAnnouncement, parseApplicationLaunch } from './application-launch.js';

const refusal = (parse: () => unknown): unknown => {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof DeskhandError)) throw error;
    return [error.code, Object.keys((error.extras.fields as object | undefined) ?? {}).sort()];
  }
};

describe('parseAnnouncement', () => {
  test('takes a container, and a pod with its machine', () => {
    expect(parseAnnouncement('a-1', '{"application":"Editor","place":"container"}')).toEqual({
      id: 'a-1',
      application: 'Editor',
      place: 'container',
    });
    const pod = { application: 'Editor', place: 'pod', machine: 'editor-3f2a.example' };
    expect(parseAnnouncement('a-1', JSON.stringify(pod))).toEqual({ id: 'a-1', ...pod });
  });

  test.each<[string, unknown, readonly string[]]>([
    ['../a', { application: 'x', place: 'container' }, ['id']],
    ['a', null, ['application', 'place']],
    ['a', [], ['application', 'place']],
    ['a', { application: 'x'.repeat(201), place: 'Pod' }, ['application', 'place']],
    ['a', { application: 'x', place: 'pod' }, ['machine']],
    ['a', { application: 'x', place: 'pod', machine: '' }, ['machine']],
    ['a', { application: 'x', place: 'pod', machine: 'a\n' }, ['machine']],
    ['a', { application: 'x', place: 'container', machine: 'm' }, ['machine']],
    ['a', { application: 'x', place: 'container', id: 'b' }, ['id']],
  ])('names the fields at fault: %j %j', (id, body, fields) => {
    expect(refusal(() => parseAnnouncement(id, JSON.stringify(body)))).toEqual(['INVALID_REQUEST', fields]);
  });

  test('refuses what is not JSON', () => {
    expect(refusal(() => parseAnnouncement('a', '{'))).toEqual(['MALFORMED_BODY', []]);
  });
});

describe('parseApplicationLaunch', () => {
  test.each<[unknown, readonly string[]]>([
    [{ id: 'a', application: 'x', command: [] }, ['command']],
    [{ id: 'a', application: 'x', command: [''] }, ['command']],
    [{ id: 'a', application: 'x', command: ['sh', 'a\0b'] }, ['command']],
    [{ id: 'a', application: 'x', command: Array(257).fill('x') }, ['command']],
    [{ id: 'a', application: 'x', command: ['x', 'ü'.repeat(32 * 1024)] }, ['command']],
    [{ id: 'a b', application: '', command: ['x'], shell: true }, ['application', 'id', 'shell']],
  ])('names the fields at fault', (body, fields) => {
    expect(refusal(() => parseApplicationLaunch(JSON.stringify(body)))).toEqual(['INVALID_REQUEST', fields]);
  });
});
