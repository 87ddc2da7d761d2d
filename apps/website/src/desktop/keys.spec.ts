import { describe, expect, it } from 'vitest';
import { isPaste, type KeyPress, shortcutOf } from './keys.js';

const key = (code: string, ...held: ('ctrlKey' | 'altKey' | 'shiftKey' | 'metaKey')[]): KeyPress => ({
  code,
  ctrlKey: held.includes('ctrlKey'),
  altKey: held.includes('altKey'),
  shiftKey: held.includes('shiftKey'),
  metaKey: held.includes('metaKey'),
});

describe('the keys of the page', () => {
  it('are two, and no others', () => {
    expect(shortcutOf(key('Space', 'ctrlKey', 'altKey'))).toBe('launcher');
    expect(shortcutOf(key('Home', 'ctrlKey', 'altKey'))).toBe('dock');
    expect(shortcutOf(key('Space', 'ctrlKey'))).toBeUndefined();
    expect(shortcutOf(key('Space', 'ctrlKey', 'altKey', 'shiftKey'))).toBeUndefined();
    expect(shortcutOf(key('KeyT', 'ctrlKey', 'altKey'))).toBeUndefined();
  });
});

describe('pasting', () => {
  it.each([key('KeyV', 'ctrlKey'), key('KeyV', 'ctrlKey', 'shiftKey'), key('KeyV', 'metaKey'), key('Insert', 'shiftKey')])(
    'is %j',
    (press) => {
      expect(isPaste(press)).toBe(true);
    },
  );

  it.each([key('KeyV'), key('KeyV', 'shiftKey'), key('KeyV', 'ctrlKey', 'altKey'), key('Insert'), key('KeyC', 'ctrlKey')])(
    'is not %j',
    (press) => {
      expect(isPaste(press)).toBe(false);
    },
  );
});
