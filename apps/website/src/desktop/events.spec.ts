import { describe, expect, it } from 'vitest';
import { newsOf, windowsOf } from './events.js';

const maximized = { id: '13', title: 'Editor', class: 'Editor', active: false, maximized: true };
const window = { id: '12', title: 'Terminal', class: 'XTerm', application: 'launch-1', active: true };

describe('what a desktop tells', () => {
  it('is its windows', () => {
    expect(newsOf(JSON.stringify({ type: 'windows', items: [window, maximized] }))).toEqual({
      type: 'windows',
      items: [window, maximized],
    });
  });

  it('is that its applications changed, never how: that is read elsewhere', () => {
    expect(newsOf('{"type":"applications","items":[{"id":"x"}]}')).toEqual({ type: 'applications' });
  });

  it.each(['', '{', 'null', '[]', '"windows"', '{"type":"bell"}', '{"type":7}', new ArrayBuffer(3), undefined])(
    'may be anything: %s is ignored',
    (frame) => {
      expect(newsOf(frame)).toBeUndefined();
    },
  );

  it('loses windows without an id and everything that is not text', () => {
    expect(windowsOf([null, 7, {}, { id: 3 }, { id: '1', title: { toString: 'x' }, class: 9, active: 'yes', maximized: 1 }])).toEqual([
      { id: '1', title: '', class: '', active: false },
    ]);
  });

  it('is cut to size', () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({ id: String(index), title: 'x'.repeat(10_000) }));
    const windows = windowsOf(many);
    expect(windows).toHaveLength(200);
    expect(windows[0]?.title).toHaveLength(200);
  });
});
