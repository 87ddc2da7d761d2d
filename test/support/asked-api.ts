/** An api that answers with what it was asked, so that a test can look at what a gateway made of a request. */
import type { RequestListener } from 'node:http';

export interface AskedApi {
  readonly listener: RequestListener;
  readonly openStreams: number;
}

/** `/api/v1/stream` says one word, then waits for the end; `/api/v1/broken` fails. */
export function askedApi(): AskedApi {
  let openStreams = 0;
  const listener: RequestListener = (request, response) => {
    if (request.url === '/api/v1/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: one\n\n');
      openStreams += 1;
      response.on('close', () => {
        openStreams -= 1;
      });
      return;
    }
    if (request.url === '/api/v1/broken') throw new Error('oops, hunter2');
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] });
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers, bytes: Buffer.concat(pieces).length }),
      );
    });
  };
  return {
    listener,
    get openStreams() {
      return openStreams;
    },
  };
}
