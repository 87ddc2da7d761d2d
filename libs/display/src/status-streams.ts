/** Tells the control plane the agent's status at every change, and every ten seconds so that silence means something. */
import type { ServerResponse } from 'node:http';
import { DeskhandError } from '#libs/common';
import type { AgentStatus } from './agent-status.js';

const MAX_STREAMS = 16;
const EVERY_MS = 10_000;
/** Whoever has so many bytes waiting does not read. */
const HIGH_WATER = 256 * 1024;

export class StatusStreams {
  readonly #streams = new Set<ServerResponse>();
  readonly #status: () => AgentStatus;
  readonly #timer: NodeJS.Timeout;
  #due = false;

  constructor(status: () => AgentStatus) {
    this.#status = status;
    this.#timer = setInterval(() => this.#write(), EVERY_MS);
  }

  /** @throws DeskhandError `TOO_MANY_CONNECTIONS` */
  add(response: ServerResponse): void {
    if (this.#streams.size >= MAX_STREAMS) throw new DeskhandError('TOO_MANY_CONNECTIONS', undefined, { retryAfter: 5 });
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.write(`${JSON.stringify(this.#status())}\n`);
    this.#streams.add(response);
    response.on('error', () => {});
    response.on('close', () => this.#streams.delete(response));
  }

  /** Something changed; several changes at once are one line. */
  changed(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#write();
    });
  }

  /** Says the last status and ends all streams. */
  end(): void {
    clearInterval(this.#timer);
    this.#write();
    for (const stream of this.#streams) stream.end();
  }

  #write(): void {
    if (this.#streams.size === 0) return;
    const line = `${JSON.stringify(this.#status())}\n`;
    for (const stream of this.#streams) {
      if (stream.writableLength > HIGH_WATER) stream.destroy();
      else if (!stream.writableEnded) stream.write(line);
    }
  }
}
