/** People whom a directory no longer lets in while their browser renews nothing: what they have open ends all the same. On a real slapd. */
import { Attribute, Change, Client } from 'ldapts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiServer } from '../support/api-server.js';
import { eventually } from '../support/eventually.js';
import type { HttpClient } from '../support/http-client.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';

let slapd: Slapd;
let api: ApiServer;
beforeAll(async () => {
  slapd = await Slapd.start();
  const common = { kind: 'ldap', displayName: 'Directory', urls: [slapd.url], user: { base: PEOPLE }, timeoutMs: 2_000 };
  const crew = { groups: { base: PEOPLE }, allow: { groups: ['ship_crew'] } };
  api = await ApiServer.start({
    identity: {
      providers: [
        { ...common, ...crew, id: 'directory', service: ADMIN },
        { ...common, id: 'blind', user: { base: PEOPLE, bindDn: 'uid={{username}},ou=bindable,dc=planetexpress,dc=com' } },
      ],
      session: { lookSeconds: 1 },
    },
  });
}, 60_000);
afterAll(async () => {
  await api?.remove();
  await slapd?.remove();
});

async function logIn(username: string, provider = 'directory', password = username): Promise<HttpClient> {
  const client = api.client();
  const { body } = await client.call('POST', '/api/v1/auth/login', { provider, username, password });
  return Object.assign(client, { token: body.accessToken as string });
}
async function asAdmin(work: (admin: Client) => Promise<unknown>): Promise<void> {
  const admin = new Client({ url: slapd.url });
  await admin.bind(ADMIN.dn, ADMIN.password);
  await work(admin);
  await admin.unbind();
}
const crew = (operation: 'add' | 'delete', dn: string) =>
  asAdmin((admin) =>
    admin.modify(`cn=ship_crew,${PEOPLE}`, new Change({ operation, modification: new Attribute({ type: 'member', values: [dn] }) })),
  );
const statusOf = async (client: HttpClient) => (await client.call('GET', '/api/v1/me')).status;
const hasEnded = (client: HttpClient) =>
  eventually(async () => expect(await client.call('GET', '/api/v1/me')).toMatchObject({ status: 401, body: { code: 'SESSION_ENDED' } }));
const LEELA = `cn=Turanga Leela,${PEOPLE}`;
const FRY = `cn=Philip J. Fry,${PEOPLE}`;
const BENDER = `cn=Bender Bending Rodríguez,${PEOPLE}`;

describe('somebody who renews nothing', () => {
  it('loses all sessions once they have left the allowed group, and nobody else does', async () => {
    const [here, there, fry] = [await logIn('leela'), await logIn('leela'), await logIn('fry')];
    await crew('delete', LEELA);
    await Promise.all([hasEnded(here), hasEnded(there)]);
    expect(await statusOf(fry)).toBe(200);
    await crew('add', LEELA);
    const again = await logIn('leela');
    const { body } = await again.call('GET', '/api/v1/me/logins');
    expect(body.items.map(({ endReason }: { endReason?: string }) => endReason)).toStrictEqual([undefined, 'not-allowed', 'not-allowed']);
  });

  it('keeps them while the directory is down, and loses them when it is back and says so', async () => {
    const [fry, bender] = [await logIn('fry'), await logIn('bender')];
    await crew('delete', BENDER);
    await slapd.stop();
    // Long enough for looks that fail: the breaker says that there were some.
    await eventually(async () => expect((await api.client().call('GET', '/readyz')).body).not.toStrictEqual({ status: 'ok' }), 60_000);
    expect(await statusOf(fry)).toBe(200);
    await slapd.resume();
    await hasEnded(bender);
    expect(await statusOf(fry)).toBe(200);
    await crew('add', BENDER);
  }, 120_000);

  it('keeps them where nobody but the user may look', async () => {
    const leela = await logIn('leela', 'blind');
    const fry = await logIn('fry');
    await crew('delete', FRY);
    await hasEnded(fry);
    expect(await statusOf(leela)).toBe(200);
  });
});
