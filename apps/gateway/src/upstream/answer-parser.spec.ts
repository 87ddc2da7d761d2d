import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerParser } from './answer-parser.js';

/** Everything that the pieces yield together. */
function parse(pieces: readonly (string | Buffer)[], method = 'GET') {
  const parser = new AnswerParser(method);
  const seen = { status: 0, rawHeaders: [] as readonly string[], body: '', isComplete: false };
  for (const piece of pieces) {
    // As a connection does it: the memory of a piece is another's as soon as it was pushed.
    const bytes = Buffer.from(piece);
    const { head, body, isComplete } = parser.push(bytes);
    if (head) Object.assign(seen, head);
    seen.body += Buffer.concat(body).toString('latin1');
    seen.isComplete = isComplete;
    bytes.fill(0);
  }
  return { ...seen, isReusable: parser.isReusable, parser };
}

const whole = (text: string, method?: string) => parse([text], method);

describe('an answer', () => {
  it('of a known length is complete with its last byte, and the connection stays', () => {
    const answer = whole('HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\nhello');
    expect(answer).toMatchObject({ status: 200, rawHeaders: ['Content-Type', 'a/b', 'Content-Length', '5'], body: 'hello' });
    expect(answer).toMatchObject({ isComplete: true, isReusable: true });
  });

  it('in chunks is put together, whatever extensions and trailers there are', () => {
    const answer = whole('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n3\r\n wo\r\n0\r\nX-Sum: 1\r\n\r\n');
    expect(answer).toMatchObject({ body: 'hello wo', isComplete: true, isReusable: true });
  });

  it('without a length lasts until the connection ends', () => {
    const answer = whole('HTTP/1.1 200 OK\r\n\r\nabc');
    expect(answer).toMatchObject({ body: 'abc', isComplete: false });
    answer.parser.end();
    expect(answer.parser.isReusable).toBe(false);
  });

  it.each([
    ['to HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    ['of length 0', 'GET', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
  ])('%s has no body', (_, method, text) => expect(whole(text, method)).toMatchObject({ body: '', isComplete: true, isReusable: true }));

  it('behind interim ones is the one that counts', () => {
    expect(whole('HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx')).toMatchObject({
      status: 200,
      body: 'x',
    });
  });

  it.each(['HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n', 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'])(
    'that says so ends the connection: %j',
    (text) => expect(whole(text)).toMatchObject({ isComplete: true, isReusable: false }),
  );

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
    ['length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['two codings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n'],
    ['a signed length', 'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n'],
    ['a folded header', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nA : b\r\n\r\n'],
    ['a line feed in a header', 'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n'],
    ['a zero in a header', 'HTTP/1.1 200 OK\r\nA: \0\r\n\r\n'],
    ['another protocol', 'SSH-2.0-OpenSSH_9\r\n\r\n'],
    ['a switch of protocols', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n'],
    ['a chunk longer than it says', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n'],
    ['bytes behind its end', 'HTTP/1.1 204 No Content\r\n\r\nx'],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(20_000)}`],
  ])('is refused for %s', (_, text) => expect(() => whole(text)).toThrow(TypeError));

  it('that breaks off is known to have', () => {
    const { parser } = whole('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
    expect(() => parser.end()).toThrow(TypeError);
  });

  it('is the same however it is cut', () => {
    const text = 'HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\na\r\n0123456789\r\n0\r\n\r\n';
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 20 });
    fc.assert(
      fc.property(cuts, (at) => {
        const ends = [0, ...at.sort((a, b) => a - b), text.length];
        const answer = parse(ends.slice(1).map((end, index) => text.slice(ends[index], end)));
        expect(answer).toMatchObject({ status: 200, body: 'abcd0123456789', isComplete: true, isReusable: true });
      }),
    );
  });
});
