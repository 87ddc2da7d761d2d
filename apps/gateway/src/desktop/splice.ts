/** Joins browser and agent: bytes go through as they are, no frame is looked at, and neither side can make us hold more than one read. */
import type { Socket } from 'node:net';
import type { AgentSocket } from './agent-socket.js';

const NOTHING = Buffer.alloc(0);
/** A side that was told the end and does not end itself is cut off. */
const LINGER_MS = 10_000;

/**
 * @param client its upgrade answered already; `clientHead` is what it sent behind its request
 * @param onClosed called once, when both sides have gone
 * @returns cuts both off at once
 */
export function splice(client: Socket, clientHead: Buffer, agent: AgentSocket, onClosed: () => void): () => void {
  const { socket, reads, first } = agent;
  const resumeAgent = (): void => {
    reads.release();
    if (!socket.destroyed) socket.resume();
  };
  reads.consume = (bytes) => {
    client.write(bytes);
    // Mostly the kernel has taken the bytes by now. If not, the buffer is theirs until they are out.
    if (client.writableLength === 0) return true;
    client.write(NOTHING, resumeAgent);
    return false;
  };
  client.on('data', (bytes: Buffer) => {
    if (!socket.write(bytes)) client.pause();
  });
  socket.on('drain', () => client.resume());

  const cut = (): void => {
    client.destroy();
    socket.destroy();
  };
  let linger: NodeJS.Timeout | undefined;
  const endWith = (other: Socket) => () => {
    other.end();
    linger ??= setTimeout(cut, LINGER_MS);
  };
  let open = 2;
  const closeWith = (other: Socket) => () => {
    // The other side still gets what is on its way to it; nobody is there any more for what it has to say.
    other.destroySoon();
    linger ??= setTimeout(cut, LINGER_MS);
    open -= 1;
    if (open > 0) return;
    clearTimeout(linger);
    onClosed();
  };
  client.on('end', endWith(socket)).on('error', cut).on('close', closeWith(socket));
  socket.on('end', endWith(client)).on('error', cut).on('close', closeWith(client));

  if (clientHead.length > 0) socket.write(clientHead);
  if (first.length > 0) client.write(first);
  resumeAgent();
  client.resume();
  return cut;
}
