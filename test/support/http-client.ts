/** A client of the HTTP contract, as a developer would write one: bearer tokens, JSON, nothing hidden. */
import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { eventually } from './eventually.js';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
  readonly headers: Headers;
}

export class HttpClient {
  token?: string;

  constructor(readonly url: string) {}

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      redirect: 'manual',
      signal: AbortSignal.timeout(60_000),
    });
    const text = await answer.text();
    const json = /json/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, body: json && text !== '' ? JSON.parse(text) : text, headers: answer.headers };
  }

  /** Logs in and keeps the token. */
  async logIn(username: string | undefined, provider = username === undefined ? 'anonymous' : 'planet-express'): Promise<Answer> {
    const credentials = username === undefined ? {} : { username, password: username };
    const answer = await this.call('POST', '/api/v1/auth/login', { provider, ...credentials, attempt: randomUUID() });
    this.token = answer.body.accessToken;
    return answer;
  }

  /** Asks for a desktop and waits until it is ready. */
  async readyDesktop(): Promise<{ id: string; run: number }> {
    const { body } = await this.call('POST', '/api/v1/desktops', {}, { prefer: 'wait=60' });
    if (body.status !== 'ready') throw new Error(`the desktop is ${JSON.stringify(body)}`);
    return body;
  }

  async desktopToken(id: string, scope?: readonly string[]): Promise<string> {
    const { body } = await this.call('POST', `/api/v1/desktops/${id}/token`, scope === undefined ? {} : { scope });
    return body.desktopToken;
  }

  /** A WebSocket to the display, open and paused until somebody reads. */
  async display(id: string, token: string, headers: Record<string, string> = {}): Promise<WebSocket> {
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}/d/${id}/display`, 'binary', {
      headers: { authorization: `Bearer ${token}`, ...headers },
      perMessageDeflate: false,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => {
        socket.pause();
        resolve();
      });
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, response) => {
        response.resume();
        reject(new Error(`HTTP ${response.statusCode}`));
      });
    });
    return socket;
  }

  /** Waits until the desktop has the status. */
  untilStatus(id: string, status: string): Promise<Answer> {
    return eventually(async () => {
      const answer = await this.call('GET', `/api/v1/desktops/${id}`);
      if (answer.body.status !== status) throw new Error(`it is ${JSON.stringify(answer.body)}`);
      return answer;
    });
  }
}
