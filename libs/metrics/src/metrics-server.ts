/** The internal port of a process: metrics for Prometheus, and whether it takes connections. Nothing of it is on the public port. */
import { createServer, type Server } from 'node:http';
import { listenOn } from '#libs/common';

export interface MetricsSource {
  /** In Prometheus' text format. */
  text(): Promise<string>;
  isServing(): boolean;
}

export class MetricsServer {
  readonly #server: Server;
  #port = 0;

  constructor(source: MetricsSource) {
    this.#server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000 }, async (request, response) => {
      const path = request.url?.split('?')[0];
      if (path === '/healthz') response.writeHead(source.isServing() ? 200 : 503).end();
      else if (path !== '/metrics') response.writeHead(404).end();
      else {
        const text = await source.text().catch(() => undefined);
        if (text === undefined) response.writeHead(503).end();
        else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
      }
    });
  }

  get port(): number {
    return this.#port;
  }

  /** @throws DeskhandError `PORT_IN_USE`, `CONFIGURATION_INVALID` */
  async listen(port: number, host: string): Promise<void> {
    this.#port = (await listenOn(this.#server, port, host)).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
