import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayRig, startGatewayRig } from '../support/gateway-rig.js';

let rig: GatewayRig;
beforeAll(async () => {
  rig = await startGatewayRig((_, response) => response.end('api'));
});
afterAll(() => rig.close());

const MEBI = 1024 * 1024;
const url = (path: string) => `http://127.0.0.1:${rig.port}/speedtest/${path}`;

describe('the speed test, as LibreSpeed speaks', () => {
  it.each([
    ['garbage?ckSize=3', 3],
    ['garbage', 4],
    ['garbage?ckSize=0', 4],
    ['garbage?ckSize=2.5', 4],
    ['garbage?ckSize=x', 4],
    ['garbage?r=0.5&ckSize=1', 1],
    ['garbage?ckSize=99999', 128],
  ])('%s sends %i MiB that nobody may keep or change', async (path, mebibytes) => {
    const answer = await fetch(url(path), { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(Number(answer.headers.get('content-length'))).toBe(mebibytes * MEBI);
    expect(answer.headers.get('cache-control')).toContain('no-store');
    expect(answer.headers.get('content-disposition')).toContain('attachment');
  });

  it('garbage comes whole and is noise', async () => {
    const bytes = Buffer.from(await (await fetch(url('garbage?ckSize=2'))).arrayBuffer());
    expect(bytes).toHaveLength(2 * MEBI);
    expect(new Set(bytes.subarray(0, 4096)).size).toBeGreaterThan(240);
  });

  it('empty takes what is uploaded, 32 MiB at most, and answers GET for pings', async () => {
    const upload = await fetch(url('empty'), { method: 'POST', body: Buffer.alloc(20 * MEBI) });
    expect([upload.status, await upload.text()]).toEqual([200, '']);
    expect((await fetch(url('empty'))).status).toBe(200);
    expect((await fetch(url('empty'), { method: 'POST', body: Buffer.alloc(33 * MEBI) }).catch(() => ({ status: 413 }))).status).toBe(413);
  });

  it('getIP names the address', async () => {
    expect(await (await fetch(url('getIP?isp=true'))).json()).toEqual({
      processedString: '127.0.0.1 - localhost IPv4 access',
      rawIspInfo: '',
    });
  });

  it('knows nothing else', async () => {
    const statuses = await Promise.all(
      ['', 'garbage/', 'backend/garbage.php', '../index.html'].map(async (path) => (await rig.ask(`/speedtest/${path}`)).status),
    );
    expect(statuses).toEqual([404, 404, 404, 404]);
    expect((await rig.ask('/speedtest/garbage', { method: 'POST', headers: { 'content-length': 0 } })).headers.allow).toBe('GET, HEAD');
  });

  it('serves twelve downloads of an address at a time; who does not read holds a place and no memory', async () => {
    const readers = await Promise.all(
      Array.from({ length: 12 }, async () => {
        const socket = connect(rig.port, '127.0.0.1');
        socket.pause();
        socket.write('GET /speedtest/garbage?ckSize=128 HTTP/1.1\r\nHost: localhost\r\n\r\n');
        await once(socket, 'readable');
        return socket;
      }),
    );
    expect(process.memoryUsage().arrayBuffers).toBeLessThan(256 * MEBI);
    const refused = await rig.ask('/speedtest/garbage');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '10']);
    for (const socket of readers) socket.destroy();
    await expect.poll(async () => (await fetch(url('garbage?ckSize=1'))).status).toBe(200);
  });

  it('takes twelve uploads of an address at a time, and answers its pings meanwhile', async () => {
    const uploads = Array.from({ length: 12 }, () => {
      const socket = connect(rig.port, '127.0.0.1');
      socket.write(`POST /speedtest/empty HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${MEBI}\r\n\r\nslow`);
      return socket;
    });
    const upload = async () => (await fetch(url('empty'), { method: 'POST', body: 'x' })).status;
    await expect.poll(upload).toBe(429);
    expect((await fetch(url('empty'))).status).toBe(200);
    uploads[0]?.end('x'.repeat(MEBI - 'slow'.length));
    expect(String((await once(uploads[0]!, 'data'))[0])).toContain('200 OK');
    await expect.poll(upload).toBe(200);
    for (const socket of uploads) socket.destroy();
  });
});

describe('a LibreSpeed of somebody else', () => {
  it('answers in its place when it is configured, and sees no token', async () => {
    const seen: object[] = [];
    const librespeed = createServer((request, response) => {
      seen.push({ url: request.url, cookie: request.headers.cookie, authorization: request.headers.authorization });
      response.writeHead(200, {
        'set-cookie': 'deskhand-user=theirs',
        'service-worker-allowed': '/',
        'clear-site-data': '"*"',
        'x-other': 'kept',
      });
      response.end('theirs');
    });
    librespeed.listen(0, '127.0.0.1');
    await once(librespeed, 'listening');
    const { port } = librespeed.address() as AddressInfo;
    const own = await startGatewayRig((_, response) => response.end(), {
      upstreams: { api: (_, response) => response.end('api'), speedtest: new URL(`http://127.0.0.1:${port}`) },
    });
    const answer = await own.ask('/speedtest/garbage?ckSize=1', {
      headers: { cookie: 'deskhand-user=secret', authorization: 'Bearer secret' },
    });
    expect(answer.body).toBe('theirs');
    expect(answer.headers).toMatchObject({ 'x-other': 'kept' });
    for (const name of ['set-cookie', 'service-worker-allowed', 'clear-site-data']) expect(answer.headers[name]).toBeUndefined();
    expect(seen).toEqual([{ url: '/speedtest/garbage?ckSize=1', cookie: undefined, authorization: undefined }]);
    await own.close();
    librespeed.close();
  });
});
