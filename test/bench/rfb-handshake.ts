/** The shortest way to know that an X server's display answers: an RFB 3.8 handshake up to ServerInit. RFC 6143 section 7.1. */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const ANSWERS: readonly (readonly [bytes: number, answer: Buffer])[] = [
  [12, Buffer.from('RFB 003.008\n')],
  [2, Buffer.from([1])],
  [4, Buffer.from([1])],
  [24, Buffer.alloc(0)],
];
const ATTEMPT_MS = 500;

/** Tries again until it has succeeded; the signal ends the trying. */
export async function untilDisplayAnswers(where: NetConnectOpts, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const socket = connect(where);
    socket.setTimeout(ATTEMPT_MS, () => socket.destroy(new Error('silence')));
    try {
      await once(socket, 'connect');
      await shakeHands(socket);
      return;
    } catch {
      await pause(1);
    } finally {
      socket.destroy();
    }
  }
}

async function shakeHands(socket: Socket): Promise<void> {
  const received = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let bytes = Buffer.alloc(0);
  for (const [length, answer] of ANSWERS) {
    while (bytes.length < length) {
      const { value, done } = await received.next();
      if (done) throw new Error('the display hung up');
      bytes = Buffer.concat([bytes, value]);
    }
    bytes = bytes.subarray(length);
    socket.write(answer);
  }
}
