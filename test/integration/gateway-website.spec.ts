/** The website, as the gateway serves it: from memory, compressed where that helps, with a strict policy. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGateway, DenyList } from '#apps/gateway';
import { type GatewayRig, startGatewayRig, writeWebsite } from '../support/gateway-rig.js';

const script = `console.log(${JSON.stringify('x'.repeat(5000))});`;
const api: RequestListener = (_request, response) => response.end();
const never = undefined as never;
const codeOf = (answer: { body: string }) => JSON.parse(answer.body).code as string;
let website: string;
let rig: GatewayRig;
beforeAll(async () => {
  website = await mkdtemp(join(tmpdir(), 'deskhand-website-'));
  await writeWebsite(website, {
    'index.html': '<!doctype html><title>Deskhand</title>',
    'assets/index-abc123.js': script,
    'favicon.svg': '<svg/>',
  });
  rig = await startGatewayRig(api, { website: { folder: website } });
});
afterAll(async () => {
  await rig.close();
  await rm(website, { recursive: true, force: true });
});

describe('the website', () => {
  it('is answered from memory, with a policy that lets only its own scripts run', async () => {
    const { status, headers, body } = await rig.ask('/');
    expect({ status, body }).toEqual({ status: 200, body: '<!doctype html><title>Deskhand</title>' });
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'x-trace-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(String(headers['content-security-policy']).split('; ')).toEqual([
      "default-src 'self'",
      "script-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "connect-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
  });

  it('is titled as the installation is called, in every form of the page, and nothing in a name is markup', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskhand-website-'));
    const page = `<!doctype html><title>Deskhand</title>${'<p>'.repeat(500)}`;
    await writeWebsite(folder, { 'index.html': page });
    await writeFile(join(folder, 'index.html.gz'), gzipSync(page));
    const named = await startGatewayRig(api, { website: { folder, name: 'Planet <Express> & $& Co' } });
    for (const encoding of ['identity', 'gzip', 'br']) {
      const answer = await fetch(`http://127.0.0.1:${named.port}/`, { headers: { 'accept-encoding': encoding } });
      expect(answer.headers.get('content-encoding') ?? 'identity').toBe(encoding);
      expect(await answer.text()).toMatch('<title>Planet &lt;Express&gt; &amp; $&amp; Co</title><p>');
    }
    await named.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('over https tells browsers to stay with it, over plain http nothing of the kind', async () => {
    const behind = await startGatewayRig(api, { website: { folder: website }, trustedProxies: ['127.0.0.1'] });
    const told = async (path: string, proto: string, more: object = {}) =>
      (await behind.ask(path, { headers: { 'x-forwarded-proto': proto, ...more } })).headers['strict-transport-security'];
    const { etag = '' } = (await behind.ask('/favicon.svg')).headers;
    expect([await told('/', 'https'), await told('/favicon.svg', 'https', { 'if-none-match': etag })]).toEqual(
      Array.from({ length: 2 }, () => 'max-age=31536000'),
    );
    expect(await told('/', 'http')).toBeUndefined();
    expect((await rig.ask('/', { headers: { 'x-forwarded-proto': 'https' } })).headers).not.toHaveProperty('strict-transport-security');
    await behind.close();
  });

  it('lets hashed assets be kept for ever, and sends them compressed to who takes that', async () => {
    const plain = await rig.ask('/assets/index-abc123.js');
    expect(plain.headers).toMatchObject({ 'cache-control': 'public, max-age=31536000, immutable', vary: 'accept-encoding' });
    expect(plain.body).toBe(script);
    const response = await fetch(`http://127.0.0.1:${rig.port}/assets/index-abc123.js`, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(response.headers.get('content-encoding')).toBe('br');
    expect(await response.text()).toBe(script);
    const refused = await rig.ask('/assets/index-abc123.js', { headers: { 'accept-encoding': 'br;q=0, gzip' } });
    expect(refused.headers['content-encoding']).toBe('gzip');
  });

  it('has another tag for each form, and HEAD tells the length of the one that GET would bring', async () => {
    const forms = await Promise.all(
      ['identity', 'gzip', 'br'].map(async (encoding) => {
        const headers = { 'accept-encoding': encoding };
        const [whole, head] = [
          await rig.ask('/assets/index-abc123.js', { headers }),
          await rig.ask('/assets/index-abc123.js', { method: 'HEAD', headers }),
        ];
        expect([head.status, head.body]).toEqual([200, '']);
        for (const name of ['content-length', 'content-encoding', 'content-type', 'etag', 'vary'])
          expect([name, head.headers[name]]).toEqual([name, whole.headers[name]]);
        return { etag: head.headers.etag, length: Number(head.headers['content-length']) };
      }),
    );
    expect(new Set(forms.map(({ etag }) => etag)).size).toBe(3);
    const [identity, gzip, brotli] = forms.map(({ length }) => length) as [number, number, number];
    expect([identity, gzip < identity, brotli < gzip]).toEqual([script.length, true, true]);
    const other = { 'accept-encoding': 'br', 'if-none-match': forms[1]?.etag };
    expect((await rig.ask('/assets/index-abc123.js', { headers: other })).status).toBe(200);
  });

  it('is sent whole to who asks for a part, and names are taken as they stand', async () => {
    const part = await rig.ask('/favicon.svg', { headers: { range: 'bytes=0-1' } });
    expect([part.status, part.body]).toEqual([200, '<svg/>']);
    for (const name of ['accept-ranges', 'content-range']) expect(part.headers).not.toHaveProperty(name);
    expect((await rig.ask('/assets/%69ndex-abc123.js')).status).toBe(404);
  });

  it('may be a folder of links, as a mounted ConfigMap is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskhand-website-'));
    await writeWebsite(join(folder, '..2026_11_29'), { 'index.html': 'linked', 'assets/a.js': script });
    await symlink('..2026_11_29', join(folder, '..data'));
    await symlink('..data/index.html', join(folder, 'index.html'));
    await symlink('..data/assets', join(folder, 'assets'));
    await symlink('.', join(folder, 'circle'));
    await symlink('nothing', join(folder, 'broken.js'));
    const other = await startGatewayRig(api, { website: { folder } });
    expect([(await other.ask('/')).body, (await other.ask('/assets/a.js')).body]).toEqual(['linked', script]);
    for (const path of ['/..data/index.html', '/..2026_11_29/index.html', '/circle/index.html', '/broken.js'])
      expect([path, (await other.ask(path)).status]).toEqual([path, 404]);
    await other.close();
    await rm(folder, { recursive: true });
  });

  it('takes the compressed forms that the build made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskhand-website-'));
    await writeWebsite(folder, { 'index.html': 'x', 'assets/a.js': script });
    await writeFile(join(folder, 'assets/a.js.gz'), gzipSync('made by the build'));
    const other = await startGatewayRig(api, { website: { folder } });
    const built = await fetch(`http://127.0.0.1:${other.port}/assets/a.js`, { headers: { 'accept-encoding': 'gzip' } });
    expect(await built.text()).toBe('made by the build');
    expect((await other.ask('/assets/a.js.gz')).status).toBe(404);
    await other.close();
    await rm(folder, { recursive: true });
  });

  it('answers 304 to who has it, and HEAD without a body', async () => {
    const { headers } = await rig.ask('/favicon.svg');
    const again = await rig.ask('/favicon.svg', { headers: { 'if-none-match': `"other", W/${headers.etag}` } });
    expect({ status: again.status, body: again.body }).toEqual({ status: 304, body: '' });
    for (const name of ['content-security-policy', 'etag', 'cache-control', 'vary']) expect(again.headers[name]).toBe(headers[name]);
    const head = await rig.ask('/favicon.svg', { method: 'HEAD' });
    expect({ status: head.status, length: head.headers['content-length'], body: head.body }).toEqual({
      status: 200,
      length: '6',
      body: '',
    });
  });

  it('answers what is not there with 404: browsers that navigate get the page that says so, everything else a problem', async () => {
    const browser = { headers: { accept: 'text/html,application/xhtml+xml' } };
    const mistyped = await rig.ask('/desktop/standard', browser);
    expect([mistyped.status, mistyped.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(mistyped.body).toContain('Deskhand');
    for (const path of [
      '/nothing.js',
      '/assets/old-hash',
      '/admin',
      '/console/',
      '/d',
      '/.env',
      '/%2e%2e/keys',
      '/a/../b',
      '/index.html/x.php',
    ])
      expect([path, codeOf(await rig.ask(path, browser))]).toEqual([path, 'NOT_FOUND']);
    expect(codeOf(await rig.ask('/desktop', { headers: { accept: '*/*' } }))).toBe('NOT_FOUND');
    const posted = await rig.ask('/', { method: 'POST' });
    expect(posted.headers.allow).toBe('GET, HEAD');
    expect(codeOf(posted)).toBe('METHOD_NOT_ALLOWED');
  });

  it('that is not built stops the gateway with one clear sentence', async () => {
    const options = { upstreams: { api }, website: { folder: '/nowhere' }, denyList: new DenyList(), allowedHosts: [], trustedProxies: [] };
    await expect(createGateway({ ...options, tokens: never, targets: { loopback: true }, logger: never })).rejects.toThrow(
      /There is no website in \/nowhere/,
    );
  });
});
