import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { type Asked, type Origin, requestHead, upgradeHead } from './upstream-request.js';

const origin: Origin = {
  client: { address: '192.0.2.7', host: 'desk.example', secure: true } as Origin['client'],
  traceId: 'f'.repeat(32),
  refused: new Set(['x-tier']),
};
const asked: Asked = { host: 'api:8080', withCredentials: true };
/** What every head ends with, in our own words. */
const CLAIMS = [
  'x-forwarded-for: 192.0.2.7',
  'x-forwarded-proto: https',
  'x-forwarded-host: desk.example',
  `x-trace-id: ${'f'.repeat(32)}`,
];

const request = (lines: readonly string[], method = 'POST'): IncomingMessage => {
  const pairs = lines.map((line) => line.split(': ') as [string, string]);
  const headers = Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value]));
  return { method, url: '/api/v1/x?y=%2F', rawHeaders: pairs.flat(), headers } as IncomingMessage;
};
const head = (lines: readonly string[], to: Partial<Asked> = {}) => requestHead(request(lines), origin, { ...asked, ...to }).split('\r\n');

describe('the head of a request to an upstream', () => {
  it('is the client’s, to another host, with our word on who it is', () => {
    expect(head(['Host: desk.example', 'Accept: text/html', 'X-Mine: a', 'X-Mine: b', 'Cookie: c=1', 'Authorization: Bearer t'])).toEqual([
      'POST /api/v1/x?y=%2F HTTP/1.1',
      'host: api:8080',
      ...['Accept: text/html', 'X-Mine: a', 'X-Mine: b', 'Cookie: c=1', 'Authorization: Bearer t'],
      ...CLAIMS,
      '',
      '',
    ]);
  });

  it.each([
    [
      'of the connection',
      ['Connection: keep-alive', 'Keep-Alive: timeout=5', 'Proxy-Connection: x', 'TE: trailers', 'Trailer: X', 'Upgrade: h2c', 'Expect: x'],
    ],
    ['that the connection names', ['Connection: close, X-Hop', 'Connection: x-other', 'X-Hop: 1', 'X-OTHER: 2']],
    [
      'that only we may say',
      [
        'X-Forwarded-For: 6.6.6.6',
        'X-Real-IP: 6.6.6.6',
        'Forwarded: for=6',
        'Via: x',
        'X-Trace-Id: y',
        'X-Deskhand-Gateway: z',
        'X-Deskhand-Proof: p',
      ],
    ],
    ['that this client may not set', ['X-Tier: gold']],
    ['that say where it goes, beside ours', ['Host: desk.example', 'HOST: evil.example']],
  ])('has none %s', (_, lines) => {
    expect(head(lines)).toEqual(['POST /api/v1/x?y=%2F HTTP/1.1', 'host: api:8080', ...CLAIMS, '', '']);
  });

  it('keeps our word whatever the connection claims for itself', () => {
    expect(head(['Connection: host, x-forwarded-for, x-trace-id, content-length, transfer-encoding', 'Content-Length: 5'])).toEqual([
      'POST /api/v1/x?y=%2F HTTP/1.1',
      'host: api:8080',
      ...CLAIMS,
      'content-length: 5',
      '',
      '',
    ]);
  });

  it('says once how long the body is, as it was understood', () => {
    expect(head(['Transfer-Encoding: Chunked']).slice(-3)).toEqual(['transfer-encoding: chunked', '', '']);
    expect(head(['Content-Length: 0']).slice(-3)).toEqual(['content-length: 0', '', '']);
    expect(head(['content-length: 7', 'Connection: content-length']).filter((line) => /length/i.test(line))).toEqual(['content-length: 7']);
  });

  it('shows the pass and the credentials to whom they are for', () => {
    const credentials = ['Cookie: c=1', 'authorization: Bearer t'];
    expect(head(credentials, { withCredentials: false }).join()).not.toMatch(/cookie|authorization/i);
    expect(head(credentials, { pass: 'pass' })).toEqual(expect.arrayContaining([...credentials, 'x-deskhand-gateway: pass']));
    expect(head(['X-Deskhand-Gateway: mine'], { pass: 'pass' }).filter((line) => /gateway/i.test(line))).toEqual([
      'x-deskhand-gateway: pass',
    ]);
  });
});

describe('the head of an upgrade', () => {
  it('asks for a WebSocket without extensions, and has no body', () => {
    const lines = [
      'Host: x',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Key: k',
      'Sec-WebSocket-Extensions: permessage-deflate',
      'Content-Length: 0',
    ];
    expect(upgradeHead(request(lines, 'GET'), origin, asked).split('\r\n')).toEqual([
      'GET /api/v1/x?y=%2F HTTP/1.1',
      'host: api:8080',
      'Sec-WebSocket-Key: k',
      ...CLAIMS,
      ...['connection: Upgrade', 'upgrade: websocket', '', ''],
    ]);
  });
});
