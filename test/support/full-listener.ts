/** A server that listens and takes nobody: the kernel's queue of its connections is full, so that dialling it only ever times out. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface FullListener {
  readonly port: number;
  close(): Promise<void>;
}

const LISTEN =
  "const server = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(server.address().port));";
/** The queue is full once a connection has not opened for so long. */
const PATIENCE_MS = 300;

export async function startFullListener(): Promise<FullListener> {
  const child = spawn(process.execPath, ['-e', LISTEN], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  // It stands still, so that it takes none out of the queue.
  child.kill('SIGSTOP');
  const sockets: Socket[] = [];
  for (let isFull = false; !isFull; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    sockets.push(socket);
    isFull = await Promise.race([
      once(socket, 'connect').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), PATIENCE_MS)),
    ]);
  }
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
