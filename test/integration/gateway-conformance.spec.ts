/** A transparent path for WebSockets: whatever one end sends, right or wrong, arrives at the other byte for byte, and the gateway judges nothing of it. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AgentStandIn, startAgentStandIn, upgradeAnswer } from '../support/agent-stand-in.js';
import { DESKTOP, type GatewayRig, startGatewayRig, upgradeRequest } from '../support/gateway-rig.js';

let rig: GatewayRig;
let agent: AgentStandIn;
let browser: Socket;
let desktop: Socket;
beforeAll(async () => {
  rig = await startGatewayRig((_, response) => response.end('api'));
  const opened = Promise.withResolvers<Socket>();
  agent = await startAgentStandIn(
    { desktop: DESKTOP, run: 1, secret: rig.secret },
    {
      onUpgrade: (socket, proof) => {
        socket.write(upgradeAnswer(agent, proof));
        opened.resolve(socket);
      },
    },
  );
  browser = connect(rig.port, '127.0.0.1');
  browser.write(upgradeRequest(await rig.token({ port: agent.port })));
  const [head] = (await once(browser, 'data')) as [Buffer];
  expect(head.toString('latin1')).toMatch(/^HTTP\/1\.1 101 .*\r\n\r\n$/s);
  desktop = await opened.promise;
});
afterAll(async () => {
  browser.destroy();
  await agent.close();
  await rig.close();
});

const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
const [CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG] = [0, 1, 2, 8, 9, 10] as const;

/** @param first FIN, reserved bits and opcode @param mask whether it is masked, as a browser's frames are @param lengthBytes of the length, when not the shortest */
function frame(first: number, payload: Buffer | string, mask: boolean, lengthBytes?: 2 | 8): Buffer {
  const bytes = Buffer.from(payload);
  const form = lengthBytes ?? (bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8);
  const head = Buffer.alloc(2 + form);
  head[0] = first;
  head[1] = (mask ? MASKED : 0) | (form === 0 ? bytes.length : form === 2 ? 126 : 127);
  if (form === 2) head.writeUInt16BE(bytes.length, 2);
  if (form === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  if (!mask) return Buffer.concat([head, bytes]);
  const key = randomBytes(4);
  return Buffer.concat([head, key, bytes.map((byte, index) => byte ^ (key[index % 4] as number))]);
}

const closing = (code: number, reason: string | Buffer = ''): Buffer => {
  const number = Buffer.alloc(2);
  number.writeUInt16BE(code);
  return Buffer.concat([number, Buffer.from(reason)]);
};

/** Sections as in the Autobahn test suite: framing, pings, reserved bits, opcodes, fragmentation, UTF-8, close. */
const casesOf = (mask: boolean): [string, Buffer[]][] => {
  const one = (first: number, payload: Buffer | string, length?: 2 | 8): Buffer => frame(first, payload, mask, length);
  const euro = Buffer.from('κόσμε €');
  return [
    ...[0, 125, 126, 127, 128, 65_535, 65_536, 1_000_000].flatMap((size): [string, Buffer[]][] => [
      [`text of ${size} bytes`, [one(FIN | TEXT, 'x'.repeat(size))]],
      [`binary of ${size} bytes`, [one(FIN | BINARY, randomBytes(size))]],
    ]),
    ['a length longer than it has to be', [one(FIN | BINARY, 'abc', 2), one(FIN | BINARY, 'abc', 8)]],
    ...[0, 125, 126].map((size): [string, Buffer[]] => [`a ping of ${size} bytes`, [one(FIN | PING, randomBytes(size))]]),
    ['a pong that nobody asked for', [one(FIN | PONG, 'hello')]],
    ['ten pings in a row', Array.from({ length: 10 }, (_, n) => one(FIN | PING, `${n}`))],
    ['a ping in two pieces', [one(PING, 'a'), one(FIN | CONTINUATION, 'b')]],
    ...[0x10, 0x20, 0x40, RESERVED].map((bits): [string, Buffer[]] => [
      `reserved bits ${bits.toString(16)}`,
      [one(FIN | bits | TEXT, 'x')],
    ]),
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode): [string, Buffer[]] => [
      `opcode ${opcode}, which there is not`,
      [one(FIN | opcode, 'x')],
    ]),
    ['a message in pieces', [one(TEXT, 'frag'), one(CONTINUATION, 'men'), one(FIN | CONTINUATION, 'ted')]],
    ['a message in empty pieces', [one(TEXT, ''), one(CONTINUATION, ''), one(FIN | CONTINUATION, '')]],
    ['pieces with a ping between', [one(TEXT, 'a'), one(FIN | PING, 'between'), one(FIN | CONTINUATION, 'b')]],
    ['a continuation of nothing', [one(FIN | CONTINUATION, 'x')]],
    ['a message within a message', [one(TEXT, 'a'), one(FIN | TEXT, 'b')]],
    ['UTF-8 cut within a character', [one(TEXT, euro.subarray(0, 3)), one(FIN | CONTINUATION, euro.subarray(3))]],
    ['text that is no UTF-8', [one(FIN | TEXT, Buffer.from([0xce, 0xba, 0xed, 0xa0, 0x80, 0xff]))]],
    ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].map((code): [string, Buffer[]] => [
      `close ${code}`,
      [one(FIN | CLOSE, closing(code, 'bye'))],
    ]),
    ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map((code): [string, Buffer[]] => [
      `close ${code}, which nobody may send`,
      [one(FIN | CLOSE, closing(code))],
    ]),
    ['close without a code', [one(FIN | CLOSE, '')]],
    ['close with half a code', [one(FIN | CLOSE, Buffer.from([3]))]],
    ['close with a reason that is no UTF-8', [one(FIN | CLOSE, closing(1000, Buffer.from([0xff, 0xfe])))]],
    ['close with too long a reason', [one(FIN | CLOSE, closing(1000, 'x'.repeat(124)))]],
    ['frames behind a close', [one(FIN | CLOSE, closing(1000)), one(FIN | TEXT, 'still here'), one(FIN | PING, '')]],
    ['masked the wrong way round', [frame(FIN | TEXT, 'wrong', !mask)]],
    ['a mask of zeros', [Buffer.from([FIN | BINARY, MASKED | 3, 0, 0, 0, 0, 1, 2, 3])]],
    ['bytes that are no frames at all', [randomBytes(10_000)]],
  ];
};

async function arrives(from: Socket, to: Socket, pieces: readonly Buffer[]): Promise<void> {
  const whole = Buffer.concat(pieces);
  const got: Buffer[] = [];
  let length = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const onData = (data: Buffer): void => {
    got.push(data);
    length += data.length;
    if (length >= whole.length) resolve();
  };
  to.on('data', onData);
  for (const piece of pieces) from.write(piece);
  await promise;
  to.off('data', onData);
  expect(Buffer.concat(got).equals(whole)).toBe(true);
}

describe('from the browser to the desktop goes unchanged', () => {
  it.each(casesOf(true))('%s', (_, pieces) => arrives(browser, desktop, pieces));
  it('a frame that comes byte by byte', () =>
    arrives(
      browser,
      desktop,
      [...frame(FIN | TEXT, 'slowly', true)].map((byte) => Buffer.from([byte])),
    ));
});

describe('from the desktop to the browser goes unchanged', () => {
  it.each(casesOf(false))('%s', (_, pieces) => arrives(desktop, browser, pieces));
  it('a frame that comes byte by byte', () =>
    arrives(
      desktop,
      browser,
      [...frame(FIN | TEXT, 'slowly', false)].map((byte) => Buffer.from([byte])),
    ));
});

describe('after all of it', () => {
  it('the connection is still the same one, and nothing was logged', () => {
    expect(rig.gateway.desktopConnections).toBe(1);
    expect(rig.logged).toEqual([]);
  });
});
