/** What opens to a desktop and what does not: tokens, origins, scopes, handshakes, and agents that are not what they should be. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AgentBehaviour, upgradeAnswer } from '../support/agent-stand-in.js';
import { bearer, DESKTOP, DISPLAY } from '../support/gateway-rig.js';
import { GatewayStage } from '../support/gateway-stage.js';

let stage: GatewayStage;
beforeAll(async () => {
  stage = await GatewayStage.start({ agentAnswerMs: 2_000 });
});
afterEach(() => stage.clear());
afterAll(() => stage.close());

const refusal = (...question: Parameters<GatewayStage['open']>) => stage.refusal(...question);
const codeOf = (answer: { body: string }) => JSON.parse(answer.body).code as string;

describe('a WebSocket to a desktop', () => {
  it('goes through with its token as bearer or as cookie of our own origin', async () => {
    const agent = await stage.agentThat({ onWebSocket: (socket) => socket.on('message', (data) => socket.send(data)) });
    const token = await stage.rig.token({ port: agent.port });
    const ours = { cookie: `deskhand-desktop=forged; deskhand-desktop=${token}; other=1`, origin: `http://127.0.0.1:${stage.rig.port}` };
    for (const headers of [bearer(token), ours]) {
      const socket = stage.open(DISPLAY, headers);
      await once(socket, 'open');
      expect({ protocol: socket.protocol, extensions: socket.extensions }).toEqual({ protocol: 'binary', extensions: '' });
      socket.send(Buffer.from('hello'));
      expect(String((await once(socket, 'message'))[0])).toBe('hello');
    }
  });

  it("shows the agent our proof with the scopes it needs, and nothing that is the browser's", async () => {
    const agent = await stage.agentThat();
    const token = await stage.rig.token({ port: agent.port, scopes: ['control', 'files', 'audio'] });
    const mine = { cookie: 'deskhand-user=secret', 'x-deskhand-scopes': 'operate', 'x-forwarded-for': '6.6.6.6', 'user-agent': 'me' };
    await once(stage.open(DISPLAY, { ...bearer(token), ...mine }), 'open');
    const [request] = agent.requests;
    expect(request).toMatchObject({ method: 'GET', url: '/display', scopes: ['control'] });
    expect(Object.keys(request!.headers).sort()).toEqual([
      ...['connection', 'host', 'sec-websocket-key', 'sec-websocket-protocol', 'sec-websocket-version', 'upgrade', 'x-deskhand-proof'],
    ]);
  });

  it('without a valid token for that desktop is refused before the upgrade', async () => {
    const agent = await stage.agentThat();
    const token = await stage.rig.token({ port: agent.port });
    const invalid = [401, 'DESKTOP_TOKEN_INVALID'];
    expect(await refusal(DISPLAY, {})).toEqual(invalid);
    expect(await refusal(DISPLAY, bearer('nonsense'))).toEqual(invalid);
    expect(await refusal(DISPLAY, bearer(`${token}x`))).toEqual(invalid);
    expect(await refusal(`/d/${'z'.repeat(26)}/display`, bearer(token))).toEqual(invalid);
    expect(await refusal('/d/x/display', bearer(token))).toEqual(invalid);
    expect(await refusal(`${DISPLAY}?token=${token}`, {})).toEqual(invalid);
    // Over plain http the cookie with a prefix is not ours.
    const origin = `http://127.0.0.1:${stage.rig.port}`;
    expect(await refusal(DISPLAY, { cookie: `__Secure-deskhand-desktop=${token}`, origin })).toEqual(invalid);
    expect(agent.requests).toEqual([]);
  });

  it('from another site, or with a cookie and from nowhere, is refused', async () => {
    const agent = await stage.agentThat();
    const cookie = `deskhand-desktop=${await stage.rig.token({ port: agent.port })}`;
    const forged: Record<string, string>[] = [
      { cookie },
      { cookie, origin: 'http://evil.example' },
      { cookie, origin: 'null' },
      { cookie, origin: `https://127.0.0.1:${stage.rig.port}` },
    ];
    for (const headers of forged) expect(await refusal(DISPLAY, headers)).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    const rebound = { cookie, host: 'evil.example', origin: 'http://evil.example' };
    expect(await refusal(DISPLAY, rebound)).toEqual([421, 'HOST_NOT_ALLOWED']);
  });

  it('needs a scope that the token has, a path that exists, and a handshake that is right', async () => {
    const agent = await stage.agentThat();
    const token = await stage.rig.token({ port: agent.port });
    expect(await refusal(DISPLAY, bearer(await stage.rig.token({ port: agent.port, scopes: ['files'] })))).toEqual([
      403,
      'SCOPE_NOT_ALLOWED',
    ]);
    for (const path of ['audio', 'status/stream', 'files', 'display/', 'windows', ''])
      expect([path, await refusal(`/d/${DESKTOP}/${path}`, bearer(token))]).toEqual([path, [404, 'NOT_FOUND']]);
    expect(await refusal(DISPLAY, bearer(token), ['text'])).toEqual([400, 'INVALID_REQUEST']);
    const head = `GET ${DISPLAY} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${token}\r\n`;
    for (const rest of [
      '',
      'Sec-WebSocket-Version: 13\r\n',
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n',
      `Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n`,
    ])
      expect(await stage.rig.raw(`${head}${rest}\r\n`)).toContain('"INVALID_REQUEST"');
    expect(agent.requests).toEqual([]);
  });

  it('answers the key of the browser itself, and loses no byte that came along with either head', async () => {
    const agent = await stage.agentThat({
      onUpgrade: (socket, proof) => {
        let seen = Buffer.alloc(0);
        socket.on('data', (piece) => {
          seen = Buffer.concat([seen, piece]);
          if (String(seen) === 'early') socket.end(' and late');
        });
        socket.write(`${upgradeAnswer(agent, proof)}first`);
      },
    });
    const key = randomBytes(16).toString('base64');
    const token = await stage.rig.token({ port: agent.port });
    const text = await stage.rig.raw(
      `GET ${DISPLAY} HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Extensions: permessage-deflate\r\nAuthorization: Bearer ${token}\r\n\r\nearly`,
    );
    const [head, body] = text.split('\r\n\r\n');
    expect(head).toContain('HTTP/1.1 101');
    expect(head).toContain(
      `Sec-WebSocket-Accept: ${createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')}`,
    );
    expect(head).not.toMatch(/^sec-websocket-(extensions|protocol)|proof/im);
    expect(body).toBe('first and late');
  });
});

describe('an agent that is not what it should be: the browser gets an ordinary error', () => {
  const cases: [string, AgentBehaviour, string][] = [
    ['knows another secret', { answerProof: (right) => `${right.slice(0, -1)}_` }, 'DESKTOP_UNREACHABLE'],
    ['proves nothing', { answerProof: () => undefined }, 'DESKTOP_UNREACHABLE'],
    ['sends garbage', { onUpgrade: (socket) => socket.end('SSH-2.0-OpenSSH\r\n\r\n') }, 'DESKTOP_UNREACHABLE'],
    ['hangs up', { onUpgrade: (socket) => socket.end() }, 'DESKTOP_UNREACHABLE'],
    ['resets', { onUpgrade: (socket) => socket.resetAndDestroy() }, 'DESKTOP_UNREACHABLE'],
    ['says nothing', { onUpgrade: () => undefined }, 'DESKTOP_UNREACHABLE'],
    ['never ends its head', { onUpgrade: (socket) => socket.write(`HTTP/1.1 101 X\r\nx: ${'x'.repeat(40_000)}`) }, 'DESKTOP_UNREACHABLE'],
    [
      'redirects',
      {
        onUpgrade: (socket, proof) =>
          socket.end(`HTTP/1.1 302 Found\r\nLocation: http://evil.example\r\nx-deskhand-proof: ${proof}\r\n\r\n`),
      },
      'DESKTOP_UNREACHABLE',
    ],
    [
      'has no display yet',
      { onUpgrade: (socket, proof) => socket.end(`HTTP/1.1 503 Soon\r\nx-deskhand-proof: ${proof}\r\n\r\n`) },
      'DISPLAY_NOT_READY',
    ],
    ['has no display yet, says somebody else', { onUpgrade: (socket) => socket.end('HTTP/1.1 503 Soon\r\n\r\n') }, 'DESKTOP_UNREACHABLE'],
  ];
  it.each(cases)('%s', async (_, behaviour, code) => {
    const agent = await stage.agentThat(behaviour);
    expect((await refusal(DISPLAY, bearer(await stage.rig.token({ port: agent.port }))))[1]).toBe(code);
    await expect.poll(() => agent.sockets.size).toBe(0);
    await expect.poll(() => stage.rig.gateway.desktopConnections).toBe(0);
  });

  const lies: [string, Record<string, string>][] = [
    ['another accept', { 'sec-websocket-accept': randomBytes(20).toString('base64') }],
    ['another protocol', { upgrade: 'h2c' }],
    ['another subprotocol', { 'sec-websocket-protocol': 'text' }],
    ['no subprotocol', { 'sec-websocket-protocol': '' }],
    ['an extension', { 'sec-websocket-extensions': 'permessage-deflate' }],
    ['a header twice', { upgrade: 'websocket\r\nupgrade: websocket' }],
  ];
  it.each(lies)('a 101 with %s', async (_, changes) => {
    const agent = await stage.agentThat({ onUpgrade: (socket, proof) => void socket.write(upgradeAnswer(agent, proof, changes)) });
    expect(await refusal(DISPLAY, bearer(await stage.rig.token({ port: agent.port })))).toEqual([502, 'DESKTOP_UNREACHABLE']);
  });

  it('is not there at all', async () => {
    expect(await refusal(DISPLAY, bearer(await stage.rig.token({ port: 1 })))).toEqual([502, 'DESKTOP_UNREACHABLE']);
    expect(codeOf(await stage.rig.ask(`/d/${DESKTOP}/windows`, { headers: bearer(await stage.rig.token({ port: 1 })) }))).toBe(
      'DESKTOP_UNREACHABLE',
    );
  });

  it.each(['169.254.169.254', '0.0.0.0', '10.0.0.1', 'fd00:ec2::254', '::ffff:169.254.169.254', '224.0.0.1'])(
    'is at an address where no desktop is: %s',
    async (address) => expect(await refusal(DISPLAY, bearer(await stage.rig.token({ address })))).toEqual([502, 'DESKTOP_UNREACHABLE']),
  );
});

describe('a call to a desktop', () => {
  const windows = `/d/${DESKTOP}/windows`;

  it('that the agent answers by switching protocols, which nobody asked for, comes to an end at once', async () => {
    const agent = await stage.agentThat({
      onRequest: ({ socket }) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
    });
    const answer = await stage.rig.ask(windows, { headers: bearer(await stage.rig.token({ port: agent.port })) });
    expect([answer.status, codeOf(answer)]).toEqual([502, 'DESKTOP_UNREACHABLE']);
    await expect.poll(() => agent.sockets.size).toBe(0);
    expect(stage.rig.gateway.desktopConnections).toBe(0);
  });

  it('goes through with its scopes; of the answer only what is harmless comes back', async () => {
    const agent = await stage.agentThat({
      onRequest: (request, response) => {
        if (request.method === 'POST') return void response.writeHead(204, { 'set-cookie': 'x=1' }).end();
        response.setHeader('set-cookie', 'deskhand-user=mine');
        response.setHeader('location', 'http://evil.example');
        response.setHeader('access-control-allow-origin', '*');
        response.writeHead(200, { 'content-type': 'application/json;charset=utf-16' }).end('{"items":[]}');
      },
    });
    const token = await stage.rig.token({ port: agent.port, scopes: ['view', 'control'] });
    const answer = await stage.rig.ask(`${windows}?x=1`, {
      headers: { ...bearer(token), cookie: 'deskhand-user=1', 'x-deskhand-proof': 'mine' },
    });
    expect([answer.status, answer.body]).toEqual([200, '{"items":[]}']);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    for (const name of ['set-cookie', 'location', 'access-control-allow-origin', 'x-deskhand-proof', 'server'])
      expect(answer.headers).not.toHaveProperty(name);
    const closing = await stage.rig.ask(`${windows}/0x1c00003/close`, { method: 'POST', body: '{"x":1}', headers: bearer(token) });
    expect([closing.status, closing.headers['set-cookie']]).toEqual([204, undefined]);
    expect(agent.requests.map(({ method, url, scopes }) => [method, url, scopes.join(' ')])).toEqual([
      ['GET', '/windows', 'control view'],
      ['POST', '/windows/0x1c00003/close', 'control'],
    ]);
    for (const { headers } of agent.requests) expect(headers).not.toHaveProperty('cookie');
  });

  it('can never be a page', async () => {
    const page = await stage.agentThat({
      onRequest: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<script>'),
    });
    const answer = await stage.rig.ask(windows, { headers: bearer(await stage.rig.token({ port: page.port })) });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-security-policy': "default-src 'none'; sandbox",
    });
    const redirect = await stage.agentThat({ onRequest: (_, response) => response.writeHead(302, { location: '//evil.example' }).end() });
    expect(codeOf(await stage.rig.ask(windows, { headers: bearer(await stage.rig.token({ port: redirect.port })) }))).toBe(
      'DESKTOP_UNREACHABLE',
    );
  });

  it("never reaches what is the control plane's, whatever the token grants", async () => {
    const agent = await stage.agentThat();
    const token = await stage.rig.token({ port: agent.port, scopes: ['control', 'view', 'files', 'audio'] });
    const paths = [
      'status',
      'status/stream',
      'applications',
      'applications/x',
      'applications/x/log',
      'windows/',
      'windows/a%2Fb/close',
      'windows/../status',
      'windows/a/b/close',
      'WINDOWS',
      '',
    ];
    for (const method of ['GET', 'POST', 'DELETE', 'PUT'])
      for (const path of paths)
        expect([method, path, codeOf(await stage.rig.ask(`/d/${DESKTOP}/${path}`, { method, headers: bearer(token) }))]).toEqual([
          method,
          path,
          'NOT_FOUND',
        ]);
    const wrong = await stage.rig.ask(windows, { method: 'DELETE', headers: bearer(token) });
    expect([codeOf(wrong), wrong.headers.allow]).toEqual(['METHOD_NOT_ALLOWED', 'GET']);
    expect(
      codeOf(await stage.rig.ask(`${windows}/1/close`, { method: 'POST', headers: bearer(await stage.rig.token({ scopes: ['view'] })) })),
    ).toBe('SCOPE_NOT_ALLOWED');
    expect(codeOf(await stage.rig.ask(`${windows}/1/close`, { method: 'POST' }))).toBe('DESKTOP_TOKEN_INVALID');
    expect(agent.requests).toEqual([]);
  });

  it('to somebody else who sits at the address by now gives them nothing that they could use', async () => {
    const seen: string[] = [];
    const stranger = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        seen.push(String(data));
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}');
      });
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    stage.endsWith(() => void stranger.close());
    const token = await stage.rig.token({ port: (stranger.address() as AddressInfo).port });
    expect(codeOf(await stage.rig.ask(windows, { headers: { ...bearer(token), cookie: 'a=hunter2' } }))).toBe('DESKTOP_UNREACHABLE');
    expect(seen.join()).not.toContain('hunter2');
    expect(seen.join()).not.toContain(token.slice(0, 40));
    expect(seen.join()).not.toContain(Buffer.from(stage.rig.secret).toString('base64url'));
  });

  it('leaves neither token nor cookie in the log', () => {
    const log = JSON.stringify(stage.rig.logged);
    expect(log).toContain('DESKTOP_UNREACHABLE');
    expect(log).not.toMatch(/eyJ|hunter2/);
  });
});
