/** The backend of every candidate, as a process of its own: a raw socket server that is an agent to our gateway and an ordinary WebSocket server to the others. */
import { createHash } from 'node:crypto';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type AgentIdentity, AgentProofVerifier, PROOF_HEADER } from '#libs/tokens';
import { answerWith } from './workers.js';

/** What a WebSocket does once its client has sent something. */
export type Behaviour =
  | { readonly kind: 'echo'; readonly bytesIn: number; readonly bytesOut: number }
  | { readonly kind: 'send'; readonly frameBytes: number; readonly frames: number; readonly framesPerSecond?: number };

export type Backend = {
  listen: (agent: { desktop: string; run: number; secret: string }) => Promise<number>;
  behave: (behaviour: Behaviour) => void;
  /** Open connections now. */
  connections: (nothing: null) => number;
};

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** The verifier keeps 20,000 nonces at most and refuses the rest: a fresh one in time. */
const PROOFS_PER_VERIFIER = 10_000;
const asset = Buffer.alloc(100 * 1024, 'a1b2c3d4');
const assetAnswer = Buffer.concat([
  Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: ${asset.length}\r\n\r\n`),
  asset,
]);
const json = JSON.stringify({ items: [{ text: 'x'.repeat(200 - 24) }] });
const jsonAnswer = Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`);

let behaviour: Behaviour = { kind: 'echo', bytesIn: 1, bytesOut: 1 };
let identity: AgentIdentity;
let verifier: AgentProofVerifier;
let proofs = 0;
const open = new Set<Socket>();

const server = createServer({ noDelay: true }, (socket) => {
  open.add(socket);
  let text = '';
  let consume: ((piece: Buffer) => void) | undefined;
  socket.on('error', () => socket.destroy());
  socket.on('close', () => open.delete(socket));
  socket.on('data', (piece) => {
    if (consume) return consume(piece);
    text += piece.toString('latin1');
    for (let end = text.indexOf('\r\n\r\n'); end >= 0 && !consume; end = text.indexOf('\r\n\r\n')) {
      consume = answer(socket, text.slice(0, end));
      text = text.slice(end + 4);
    }
    if (consume && text.length > 0) consume(Buffer.from(text, 'latin1'));
  });
});

/** @returns what takes the bytes after an upgrade */
function answer(socket: Socket, head: string): ((piece: Buffer) => void) | undefined {
  const key = /^sec-websocket-key: (.*)$/im.exec(head)?.[1];
  const [method = '', path = ''] = head.split(' ', 2);
  if (key === undefined) {
    socket.write(path.includes('asset') ? assetAnswer : jsonAnswer);
    return undefined;
  }
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  const proof = new RegExp(`^${PROOF_HEADER}: (.*)$`, 'im').exec(head)?.[1];
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${accept}`,
    'Sec-WebSocket-Protocol: binary',
    ...(proof === undefined ? [] : [`${PROOF_HEADER}: ${prove(proof, method, path)}`]),
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return behaviour.kind === 'echo' ? echo(socket, behaviour) : send(socket, behaviour);
}

function prove(proof: string, method: string, path: string): string {
  proofs += 1;
  if (proofs % PROOFS_PER_VERIFIER === 0) verifier = new AgentProofVerifier(identity);
  return verifier.verify(proof, method, path).answer;
}

/** An unmasked frame of zeros. */
function frameOf(bytes: number): Buffer {
  const head = bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10;
  const frame = Buffer.alloc(bytes);
  frame[0] = 0x82;
  if (head === 2) frame[1] = bytes - 2;
  else if (head === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(bytes - 4, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(bytes - 10), 2);
  }
  return frame;
}

function echo(socket: Socket, { bytesIn, bytesOut }: Behaviour & { kind: 'echo' }): (piece: Buffer) => void {
  const frame = frameOf(bytesOut);
  let had = 0;
  return (piece) => {
    had += piece.length;
    for (; had >= bytesIn; had -= bytesIn) socket.write(frame);
  };
}

function send(socket: Socket, { frameBytes, frames, framesPerSecond }: Behaviour & { kind: 'send' }): (piece: Buffer) => void {
  const frame = frameOf(frameBytes);
  let left = frames;
  const fill = (): void => {
    while (left > 0) {
      left -= 1;
      if (!socket.write(frame)) return void socket.once('drain', fill);
    }
  };
  const pace = (): void => {
    const timer = setInterval(
      () => {
        left -= 1;
        socket.write(frame);
        if (left <= 0 || socket.destroyed) clearInterval(timer);
      },
      1000 / (framesPerSecond as number),
    );
  };
  let isStarted = false;
  return () => {
    if (isStarted) return;
    isStarted = true;
    // Not all at once: paced sockets start anywhere within the time of one frame.
    if (framesPerSecond === undefined) fill();
    else setTimeout(pace, Math.random() * (1000 / framesPerSecond));
  };
}

answerWith({
  listen: ({ desktop, run, secret }) => {
    identity = { desktop, run, secret: Buffer.from(secret, 'base64url') };
    verifier = new AgentProofVerifier(identity);
    return new Promise<number>((resolve) =>
      server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => resolve((server.address() as AddressInfo).port)),
    );
  },
  behave: (next) => {
    behaviour = next;
  },
  connections: () => open.size,
} satisfies Backend);
