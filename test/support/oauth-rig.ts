/** A real OpenID provider on loopback (`oidc-provider`) that stands for Google, Facebook, Orange and any other: their addresses, clients and people. */
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import Provider, { type KoaContextWithOIDC } from 'oidc-provider';

export const SERVICES = ['google', 'facebook', 'orange', 'openid', 'plain'] as const;
export type Service = (typeof SERVICES)[number];

type Body = Record<string, unknown>;

export const KEY_ID = 'the-key-of-the-provider';

export class OAuthRig {
  /** By what they type as their name, which is also their subject; their password is anything. */
  readonly people: Map<string, Body>;
  /** Changes what the provider answers, once it has made its answer. */
  tamper: ((path: string, context: KoaContextWithOIDC) => void | Promise<void>) | undefined;
  /** Tokens that were handed out, codes that were shown: none of them may be in a log. */
  readonly secrets: string[] = [];

  private constructor(
    readonly url: string,
    readonly publicUrl: string,
    readonly provider: Provider,
    private readonly server: Server,
    private readonly key: CryptoKey,
    people: Map<string, Body>,
  ) {
    this.people = people;
  }

  /**
   * @param publicUrl of the installation whose logins come here
   * @param host its own name; to a browser, `localhost` and `127.0.0.1` are two sites
   */
  static async start(publicUrl: string, host = '127.0.0.1'): Promise<OAuthRig> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://${host}:${(server.address() as AddressInfo).port}`;
    const people = new Map<string, Body>();
    const { privateKey } = await generateKeyPair('RS256', { extractable: true });
    const provider = new Provider(url, {
      clients: SERVICES.map((service) => ({
        client_id: `deskhand-${service}`,
        client_secret: secretOf(service),
        redirect_uris: [`${publicUrl}/api/v1/auth/oauth/${service}/callback`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: ['google', 'facebook', 'plain'].includes(service) ? 'client_secret_post' : 'client_secret_basic',
      })),
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'given_name', 'groups', 'hd', 'realm_access'] },
      findAccount: (_, id) => {
        const person = people.get(id);
        return person && { accountId: id, claims: () => ({ sub: id, ...person }) };
      },
      scopes: ['openid', 'profile', 'email', 'public_profile'],
      pkce: { required: () => true },
      cookies: { keys: ['only for tests'] },
      jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: KEY_ID, use: 'sig', alg: 'RS256' }] },
    });
    const rig = new OAuthRig(url, publicUrl, provider, server, privateKey, people);
    provider.use((context, next) => rig.#answer(context as KoaContextWithOIDC, next));
    const answer = provider.callback();
    server.on('request', (request, response) => void answer(request, response));
    return rig;
  }

  /** What an installation's configuration says of this provider. */
  settings(service: Service, more: object = {}): object {
    const { url } = this;
    const common = {
      kind: 'oauth2',
      id: service,
      displayName: service[0]?.toUpperCase() + service.slice(1),
      clientId: `deskhand-${service}`,
      clientSecret: secretOf(service),
      allow: { subjects: ['fry', 'leela', 'professor'] },
      timeoutMs: 4_000,
    };
    const endpoints = { authorization: `${url}/auth`, token: `${url}/token`, userinfo: `${url}/me` };
    const own = {
      google: { service, issuer: url, endpoints: { ...endpoints, userinfo: `${url}/userinfo`, keys: `${url}/jwks` } },
      facebook: { service, endpoints: { ...endpoints, userinfo: `${url}/graph/me` } },
      orange: { service, issuer: url },
      openid: { service, issuer: url },
      plain: {
        service: 'openid',
        endpoints: { ...endpoints, userinfo: `${url}/graph/me` },
        scopes: ['profile'],
        claims: { subject: 'id' },
      },
    };
    return { ...common, ...own[service], ...more };
  }

  /** An ID token as the provider itself would sign it. */
  sign(claims: JWTPayload): Promise<string> {
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: KEY_ID }).sign(this.key);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(context: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
    const { path } = context;
    if (path === '/graph/me') await this.#graph(context);
    else {
      // Google's address of profiles is called otherwise; Facebook puts commas between scopes.
      if (path === '/userinfo') context.path = '/me';
      if (path === '/auth') context.url = context.url.replaceAll('%2C', '%20');
      await next();
    }
    if (path === '/token') this.secrets.push(...Object.values((context.body ?? {}) as Body).filter((value) => typeof value === 'string'));
    await this.tamper?.(path, context);
  }

  /** Facebook's: an id, no word on the proof of an address, and every call proves whose it is. */
  async #graph(context: KoaContextWithOIDC): Promise<void> {
    const token = /^Bearer (.+)$/.exec(context.get('authorization'))?.[1] ?? '';
    const found = await this.provider.AccessToken.find(token);
    const isFacebook = found?.clientId === 'deskhand-facebook';
    const proof = createHmac('sha256', secretOf('facebook')).update(token).digest('hex');
    if (!found || (isFacebook && context.query.appsecret_proof !== proof)) {
      context.status = 400;
      context.body = { error: { message: 'Invalid proof', type: 'GraphMethodException', code: 100 } };
      return;
    }
    const person = this.people.get(found.accountId) ?? {};
    context.body = { id: found.accountId, name: person.name, email: person.email };
  }
}

const secretOf = (service: Service): string => `the secret of ${service}, known to two`;
