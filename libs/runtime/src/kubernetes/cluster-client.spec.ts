/** The client against a server that answers, delays and hangs as it likes. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ClusterError, ClusterUnanswered } from './cluster.errors.js';
import { ClusterClient, type WatchEvent } from './cluster-client.js';
import { ClusterConnection } from './cluster-connection.js';
import type { KubernetesObject } from './kubernetes.objects.js';

type Handler = (request: IncomingMessage, answer: ServerResponse) => void;

describe('the client of a cluster', () => {
  const closes: (() => void)[] = [];
  afterEach(() => {
    for (const close of closes.splice(0)) close();
  });

  async function serve(handler: Handler): Promise<{ client: ClusterClient; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, answer) => {
      asked.push(decodeURIComponent(`${request.method} ${request.url}`));
      handler(request, answer);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closes.push(() => {
      server.close();
      server.closeAllConnections();
    });
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'c', server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, skipTLSVerify: true },
      { name: 'u', token: 't' },
    );
    return { client: new ClusterClient(new ClusterConnection(config), 'desks'), asked };
  }
  const answerWith =
    (...bodies: object[]): Handler =>
    (_request, answer) =>
      answer.end(JSON.stringify(bodies.length > 1 ? bodies.shift() : bodies[0]));
  const object = (name: string, resourceVersion: string): KubernetesObject => ({ metadata: { name, resourceVersion } });

  test('lists page by page, and takes nothing for none', async () => {
    const { client, asked } = await serve(
      answerWith(
        { items: [object('a', '1')], metadata: { resourceVersion: '7', continue: 'next' } },
        { items: null, metadata: { resourceVersion: '7' } },
      ),
    );
    expect(await client.list('pods', { labelSelector: 'a=b' })).toStrictEqual({
      items: [object('a', '1')],
      metadata: { resourceVersion: '7' },
    });
    expect(asked).toStrictEqual([
      'GET /api/v1/namespaces/desks/pods?labelSelector=a=b&limit=500',
      'GET /api/v1/namespaces/desks/pods?labelSelector=a=b&limit=500&continue=next',
    ]);
  });

  test('keeps the newest bytes of a log, and no half character', async () => {
    const { client } = await serve((_request, answer) => answer.end(`old${'é'.repeat(10)}`));
    expect(await client.log('p', 'c', 5)).toBe('éé');
  });

  test.each<[string, Handler]>([
    ['before its head', (request) => request.socket.destroy()],
    ['before its end', (request, answer) => answer.writeHead(200, { 'content-length': 100 }).write('{', () => request.socket.destroy())],
    [
      'before the end of a refusal',
      (request, answer) => answer.writeHead(403, { 'content-length': 100 }).write('{', () => request.socket.destroy()),
    ],
  ])('knows nothing when an answer breaks off %s', async (_when, handler) => {
    const { client } = await serve(handler);
    await expect(client.create('pods', object('a', ''))).rejects.toThrow(ClusterUnanswered);
  });

  test('does not take an answer that is not understood for none', async () => {
    const { client } = await serve((_request, answer) => answer.end('<html>'));
    await expect(client.create('pods', object('a', ''))).rejects.toThrow(SyntaxError);
  });

  test('does not believe a refusal of an apiserver that has just come back', async () => {
    const message = 'pods is forbidden: User "u" cannot create resource "pods" in API group "" in the namespace "desks"';
    const { client, asked } = await serve((request, answer) => {
      if (asked.length === 1) request.socket.destroy();
      else answer.writeHead(403).end(JSON.stringify({ reason: 'Forbidden', message }));
    });
    const create = () => client.create('pods', object('a', ''));
    await expect(create()).rejects.toThrow(ClusterUnanswered);
    await expect(create()).rejects.toThrow(ClusterError);
    const { now } = performance;
    vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 60_000);
    closes.push(() => vi.restoreAllMocks());
    await expect(create()).rejects.toMatchObject({ code: 'RUNTIME_FORBIDDEN' });
  });

  test('waits for no credential for ever', async () => {
    const config = new KubeConfig();
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', interactiveMode: 'Never', command: 'sleep', args: ['3'] };
    config.loadFromClusterAndUser({ name: 'c', server: 'http://127.0.0.1:9', skipTLSVerify: true }, { name: 'u', exec });
    const asked = new ClusterConnection(config).send({ method: 'GET', path: '/', signal: AbortSignal.timeout(100) });
    await expect(asked).rejects.toThrow('timeout');
  });

  test('names the right that is missing, also to a watch', async () => {
    const message = 'pods is forbidden: User "u" cannot watch resource "pods" in API group "" in the namespace "desks"';
    const { client } = await serve((_request, answer) => answer.writeHead(403).end(JSON.stringify({ reason: 'Forbidden', message })));
    const watched = client.follow('pods', {}, '1', { onOpen: () => {}, onEvent: () => {} }, new AbortController().signal);
    await expect(watched).rejects.toMatchObject({ code: 'RUNTIME_FORBIDDEN', detail: 'u may not watch pods.' });
  });

  describe('watches', () => {
    const send = (answer: ServerResponse, event: WatchEvent<KubernetesObject>) => answer.write(`${JSON.stringify(event)}\n`);

    test('from where it was, when the server ends a watch', async () => {
      let clock = 0;
      vi.spyOn(Date, 'now').mockImplementation(() => {
        clock += 10_000;
        return clock;
      });
      closes.push(() => vi.restoreAllMocks());
      const { client, asked } = await serve((_request, answer) => {
        send(answer, { type: 'MODIFIED', object: object('a', '5') });
        send(answer, { type: 'BOOKMARK', object: object('', '9') });
        if (asked.length === 1) answer.end();
      });
      const end = new AbortController();
      const heard: string[] = [];
      const done = client.follow<KubernetesObject>(
        'pods',
        {},
        '1',
        { onOpen: () => heard.push('open'), onEvent: ({ type }) => heard.push(type) },
        end.signal,
      );
      await vi.waitFor(() => expect(heard).toStrictEqual(['open', 'MODIFIED', 'open', 'MODIFIED']));
      expect(asked.map((each) => /resourceVersion=(\d+)/.exec(each)?.[1])).toStrictEqual(['1', '9']);
      end.abort();
      await done;
    });

    test('until it is told to end, also while nobody answers', async () => {
      const { client, asked } = await serve(() => {});
      const end = new AbortController();
      const done = client.follow('pods', {}, '1', { onOpen: () => {}, onEvent: () => {} }, end.signal);
      await vi.waitFor(() => expect(asked).toHaveLength(1));
      end.abort();
      await done;
    });

    test('no further than an error of the server', async () => {
      const { client } = await serve((_request, answer) => send(answer, { type: 'ERROR', object: {} }));
      const watched = client.follow('pods', {}, '1', { onOpen: () => {}, onEvent: () => {} }, new AbortController().signal);
      await expect(watched).rejects.toMatchObject({ cause: new Error('the apiserver ended the watch') });
    });
  });
});
