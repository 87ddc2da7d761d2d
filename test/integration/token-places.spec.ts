/** Every kind of token in every place that takes one: each opens the one door that it was made for. And what attackers put there, over HTTP. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactEncrypt, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DeskhandError } from '#libs/common';
import {
  AgentProofVerifier,
  DENIALS_PATH,
  DesktopTokenIssuer,
  DesktopTokenVerifier,
  KeyRing,
  lineIdentity,
  PROOF_HEADER,
  proveToAgent,
  Seal,
} from '#libs/tokens';
import { journeyOf, newJourney, ticketOf } from '../../libs/identity/src/oauth/journey.js';
import { ApiServer } from '../support/api-server.js';
import { bearer, DESKTOP, type GatewayRig, openWebSocket, refusalOf, startGatewayRig } from '../support/gateway-rig.js';

let api: ApiServer;
let gateway: GatewayRig;
let ring: KeyRing;
let seal: Seal;
/** A login with Google that is under way. */
const journey = newJourney();
const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** What somebody logged in holds, and what else looks like a token around here. */
let tokens: Record<'user' | 'refresh' | 'desktop' | 'target' | 'oauth ticket' | 'identity' | 'agent proof' | 'line proof', string>;
/** What stands where an agent of this desktop would. */
let agentProofs: AgentProofVerifier;

beforeAll(async () => {
  api = await ApiServer.start();
  const get = <T>(type: { readonly prototype: T }): T => api.app.get(type as never, { strict: false });
  [ring, seal] = [get(KeyRing), get(Seal)];
  gateway = await startGatewayRig(new URL(api.url), { tokens: get(DesktopTokenVerifier) });
  const { body } = await logIn();
  const target = { address: '127.0.0.1', port: 1, secret: randomBytes(32) };
  const grant = { userId: body.user.id, sessionId: 's1', desktop: DESKTOP, run: 1, scopes: ['control'] as const, target };
  const { token: desktop } = await get(DesktopTokenIssuer).issue(grant);
  const identity = { desktop: DESKTOP, run: 1, secret: target.secret };
  agentProofs = new AgentProofVerifier(identity);
  tokens = {
    user: body.accessToken,
    refresh: body.refreshToken,
    desktop,
    target: JSON.parse(Buffer.from(desktop.split('.')[1] ?? '', 'base64url').toString()).target,
    'oauth ticket': ticketOf(seal, 'google', journey),
    identity: await signed({ iss: 'https://accounts.google.com', aud: 'client-id', email: 'fry@example.com' }, { typ: 'JWT' }),
    'agent proof': proveToAgent(identity, { method: 'GET', path: '/display', scopes: ['operate'] }).header,
    'line proof': proveToAgent(lineIdentity(ring.lineSecret), { method: 'GET', path: DENIALS_PATH, scopes: [] }).header,
  };
});
afterAll(async () => {
  await gateway.close();
  await api.remove();
});

const signed = (claims: Record<string, unknown>, header: Partial<JWTHeaderParameters>) =>
  new SignJWT({ sub: 'a'.repeat(26), jti: randomUUID(), ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: ring.signingKey().kid, ...header })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(attacker.privateKey);

const logIn = () => api.client().call('POST', '/api/v1/auth/login', { provider: 'office', username: 'fry', password: 'fry' });
const json = { 'content-type': 'application/json' };
const origin = () => ({ origin: `http://127.0.0.1:${gateway.port}` });
const refresh = (headers: Record<string, string>, body: object) =>
  gateway.ask('/api/v1/auth/refresh', { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) });
/** The answer's status is enough: the line itself is not waited for. */
async function line(proof: string): Promise<number> {
  const cut = new AbortController();
  const { status } = await fetch(api.url + DENIALS_PATH, { headers: { [PROOF_HEADER]: proof }, signal: cut.signal });
  cut.abort();
  return status;
}
function agent(proof: string): number {
  try {
    agentProofs.verify(proof, 'GET', '/display');
    return 200;
  } catch (error) {
    return (error as DeskhandError).status;
  }
}
const inside = `/d/${DESKTOP}/windows`;

/** Where a token can be shown, and the answer's status. */
const places: Record<string, (token: string) => Promise<number>> = {
  'Authorization of the api': async (token) => (await gateway.ask('/api/v1/me', { headers: bearer(token) })).status,
  'user cookie': async (token) => (await gateway.ask('/api/v1/me', { headers: { cookie: `deskhand-user=${token}` } })).status,
  'body of a renewal': async (refreshToken) => (await refresh({}, { refreshToken })).status,
  'refresh cookie': async (token) => (await refresh({ cookie: `deskhand-refresh=${token}`, ...origin() }, {})).status,
  'ticket of a login elsewhere': async (token) => (journeyOf(seal, 'google', [token], journey.state) ? 200 : 400),
  'proof to an agent': async (token) => agent(token),
  'proof of the line to gateways': line,
  'Authorization of a desktop': async (token) => (await gateway.ask(inside, { headers: bearer(token) })).status,
  'desktop cookie': async (token) => (await gateway.ask(inside, { headers: { cookie: `deskhand-desktop=${token}` } })).status,
  'WebSocket of a desktop': async (token) => (await refusalOf(openWebSocket(gateway.port, `/d/${DESKTOP}/display`, bearer(token))))[0],
  'refresh cookie of a logout': async (token) => {
    const headers = { ...json, ...origin(), cookie: `deskhand-refresh=${token}` };
    return (await gateway.ask('/api/v1/auth/logout', { method: 'POST', headers, body: '{}' })).status;
  },
};
/** The one kind that opens it; behind the doors of this desktop nobody answers: 502. */
const right: Record<string, [keyof typeof tokens, number]> = {
  'Authorization of the api': ['user', 200],
  'user cookie': ['user', 200],
  'body of a renewal': ['refresh', 200],
  'refresh cookie': ['refresh', 200],
  'ticket of a login elsewhere': ['oauth ticket', 200],
  'proof to an agent': ['agent proof', 200],
  'proof of the line to gateways': ['line proof', 200],
  'Authorization of a desktop': ['desktop', 502],
  'desktop cookie': ['desktop', 502],
  'WebSocket of a desktop': ['desktop', 502],
  // Last: it ends the session.
  'refresh cookie of a logout': ['refresh', 204],
};

describe.each(Object.entries(places))('the %s', (place, show) => {
  const [kind, status] = right[place]!;
  const others = ['user', 'refresh', 'desktop', 'target', 'oauth ticket', 'identity', 'agent proof', 'line proof'].filter(
    (other) => other !== kind,
  );
  it(`takes no ${others.join(', no ')}`, async () => {
    for (const other of others as (keyof typeof tokens)[])
      expect([other, [400, 401].includes(await show(tokens[other]))]).toEqual([other, true]);
  });
  // Last, as a refresh token is used up by it; within its grace it is good once more.
  it(`takes a ${kind} token`, async () => expect(await show(tokens[kind])).toBe(status));
});

describe.each(Object.entries(places))('the %s refuses', (_, show) => {
  const refuses = async (token: string) => expect([400, 401, 413, 431]).toContain(await show(token));

  it.each(['../../keys/master.secret', '/dev/null', 'file:///etc/passwd', 'http://127.0.0.1:1/key', "' OR 1=1 --", '__proto__'])(
    'the kid %s',
    async (kid) => {
      for (const typ of ['user+jwt', 'desktop+jwt']) await refuses(await signed({ aud: 'api' }, { kid, typ }));
    },
  );

  it('keys that a token brings along or names, and fetches none of them', async () => {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [attacker.publicKey.export({ format: 'jwk' })] }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
    const jwk = attacker.publicKey.export({ format: 'jwk' });
    for (const header of [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['MIIB'] }])
      for (const typ of ['user+jwt', 'desktop+jwt'])
        await refuses(await signed({ aud: 'api' }, { ...header, typ } as Partial<JWTHeaderParameters>));
    server.close();
    expect(asked).toBe(0);
  });

  it('an encrypted token, with a key of the sender, packed or not', async () => {
    const content = Buffer.from(JSON.stringify({ sub: 'a', aud: 'api' }));
    await refuses(await new CompactEncrypt(content).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(randomBytes(32)));
    const bomb = new CompactEncrypt(Buffer.alloc(4 * 1024 * 1024)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', zip: 'DEF' } as never);
    await refuses(await bomb.encrypt(randomBytes(32)));
    const ours = ring.encryptionKey();
    const sealed = new CompactEncrypt(Buffer.alloc(4 * 1024 * 1024)).setProtectedHeader({
      alg: 'RSA-OAEP-256',
      enc: 'A256GCM',
      zip: 'DEF',
      kid: ours.kid,
    });
    await refuses(await sealed.encrypt(ours.key));
  });

  it('a token of 64 kB, and goes on', async () => {
    await refuses(await signed({ aud: 'api', padding: 'x'.repeat(48_000) }, { typ: 'user+jwt' }));
    await refuses('x'.repeat(65_536));
    expect((await gateway.ask('/healthz')).status).toBe(200);
  });
});

it('nothing of any token is in the answers or in what was logged', async () => {
  const { body } = await gateway.ask('/api/v1/me', { headers: bearer(tokens.desktop) });
  for (const token of Object.values(tokens)) {
    const tail = token.slice(-20);
    expect(body).not.toContain(tail);
    expect(JSON.stringify(gateway.logged)).not.toContain(tail);
  }
});
