import { describe, expect, it } from 'vitest';
import { AnswerHeadReader } from './answer-head.js';

const read = (text: string) => new AnswerHeadReader().read(Buffer.from(text, 'latin1'));

describe('the head of an answer', () => {
  it('is whole whatever pieces it comes in, and what follows it is kept', () => {
    const text = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX-Empty:\r\n\r\n\x82\x01';
    for (let size = 1; size <= text.length; size += 1) {
      const reader = new AnswerHeadReader();
      const rest: string[] = [];
      let head: unknown;
      for (let at = 0; at < text.length; at += size) {
        const piece = Buffer.from(text.slice(at, at + size), 'latin1');
        if (head !== undefined) rest.push(piece.toString('latin1'));
        else {
          const found = reader.read(piece);
          head = found?.head;
          rest.push(found?.rest.toString('latin1') ?? '');
        }
      }
      expect(head).toEqual({
        status: 101,
        headers: new Map([
          ['upgrade', 'websocket'],
          ['x-empty', ''],
        ]),
      });
      expect(rest.join('')).toBe('\x82\x01');
    }
  });

  it('keeps a copy: the buffer it was read into is used again', () => {
    const bytes = Buffer.from('HTTP/1.1 101 X\r\n\r\nframe');
    const found = new AnswerHeadReader().read(bytes);
    bytes.fill(0);
    expect(String(found?.rest)).toBe('frame');
  });

  it.each([
    'HTTP/1.0 101 X\r\n\r\n',
    'HTTP/1.1 1010 X\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'SSH-2.0\r\n\r\n',
    '\r\n\r\n',
    'HTTP/1.1 101 X\r\nno colon\r\n\r\n',
    'HTTP/1.1 101 X\r\na b: c\r\n\r\n',
    'HTTP/1.1 101 X\r\na : c\r\n\r\n',
    'HTTP/1.1 101 X\r\na: b\r\n folded\r\n\r\n',
    'HTTP/1.1 101 X\r\na: b\nc: d\r\n\r\n',
    'HTTP/1.1 101 X\r\na: b\0\r\n\r\n',
    'HTTP/1.1 101 X\r\na: b\r\nA: c\r\n\r\n',
  ])('is refused when it is malformed: %j', (text) => expect(() => read(text)).toThrow(TypeError));

  it('is refused when it is too long, whole or not', () => {
    expect(() => read(`HTTP/1.1 101 X\r\na: ${'x'.repeat(17_000)}`)).toThrow(/too long/);
    expect(() => read(`HTTP/1.1 101 X\r\na: ${'x'.repeat(17_000)}\r\n\r\n`)).toThrow(/too long/);
    expect(read(`HTTP/1.1 101 X\r\n\r\n${'x'.repeat(100_000)}`)?.rest).toHaveLength(100_000);
  });
});
