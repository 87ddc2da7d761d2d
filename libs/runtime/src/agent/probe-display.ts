/** An RFB handshake with a desktop's display through its agent: what "ready" means. RFC 6143 section 7.1. */
import { WebSocket } from 'ws';
import { DeskhandError } from '#libs/common';
import { PROOF_HEADER, proveToAgent } from '#libs/tokens';
import type { AgentTarget } from './agent-client.js';

const PATH = '/display';
const SECURITY_NONE = 1;
/** ServerInit up to the length of the name: width, height, pixel format, length. */
const SERVER_INIT_BYTES = 24;

/**
 * Resolves when the display has sent its ServerInit.
 *
 * @throws DeskhandError `DESKTOP_UNREACHABLE` when it did not within `timeoutMs`
 */
export async function probeDisplay(target: AgentTarget, timeoutMs: number): Promise<void> {
  const { address, port } = target.endpoint;
  const proof = proveToAgent(target, { method: 'GET', path: PATH, scopes: ['operate', 'view'] });
  const host = address.includes(':') ? `[${address}]` : address;
  const socket = new WebSocket(`ws://${host}:${port}${PATH}`, 'binary', {
    headers: { [PROOF_HEADER]: proof.header },
    handshakeTimeout: timeoutMs,
    perMessageDeflate: false,
    maxPayload: 1024 * 1024,
  });
  const timer = setTimeout(() => socket.terminate(), timeoutMs);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('upgrade', ({ headers }) => {
        if (!proof.isAnswer(headers[PROOF_HEADER] as string | undefined))
          reject(new Error('something else answers at the address of the desktop'));
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the display closed the connection')));
      const step = handshake((bytes) => socket.send(bytes));
      socket.on('message', (data: Buffer) => {
        try {
          if (step(data)) resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
  } catch (error) {
    throw new DeskhandError('DESKTOP_UNREACHABLE', 'The display does not answer.', {}, { cause: error });
  } finally {
    clearTimeout(timer);
    socket.on('error', () => {});
    socket.terminate();
  }
}

/** @returns a function that takes what the server sent and says whether the handshake is done */
function handshake(send: (bytes: Uint8Array) => void): (bytes: Uint8Array) => boolean {
  let received = Buffer.alloc(0);
  let phase: 'version' | 'security' | 'result' | 'init' = 'version';
  return (bytes) => {
    received = Buffer.concat([received, bytes]);
    if (phase === 'version' && received.length >= 12) {
      if (!received.subarray(0, 12).equals(Buffer.from('RFB 003.008\n'))) throw new Error('the display does not speak RFB 3.8');
      received = received.subarray(12);
      phase = 'security';
      send(Buffer.from('RFB 003.008\n'));
    }
    if (phase === 'security' && received.length >= 1 && received.length >= 1 + (received[0] ?? 0)) {
      const types = received.subarray(1, 1 + (received[0] ?? 0));
      if (!types.includes(SECURITY_NONE)) throw new Error('the display wants a password');
      received = received.subarray(1 + types.length);
      phase = 'result';
      send(Uint8Array.of(SECURITY_NONE));
    }
    if (phase === 'result' && received.length >= 4) {
      if (received.readUInt32BE(0) !== 0) throw new Error('the display refuses the connection');
      received = received.subarray(4);
      phase = 'init';
      // Shared: others stay connected.
      send(Uint8Array.of(1));
    }
    return phase === 'init' && received.length >= SERVER_INIT_BYTES;
  };
}
