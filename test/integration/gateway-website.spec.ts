/** The website, as the gateway serves it: from memory, compressed where that helps, with a strict policy. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
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
    const policy = headers['content-security-policy'] as string;
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
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
