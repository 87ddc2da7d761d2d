/** Any OpenID provider by its metadata, Orange among them, and any OAuth 2.0 server by its endpoints: by openid-client. */
import * as client from 'openid-client';
import type { OAuthProviderConfiguration } from '#libs/common';
import type { BoundedFetch } from './bounded-fetch.js';
import type { Journey } from './journey.js';
import { type Claims, confirmed, type OAuthService, type ServiceOptions } from './oauth-service.js';

/** Metadata changes rarely, but a process lives for months. */
const METADATA_MS = 3_600_000;
const ORANGE = {
  issuer: 'https://openid.orange.fr/',
  discovery: 'https://api.orange.com/openidconnect/fr/v1/.well-known/openid-configuration',
  userinfo: 'https://api.orange.com/openidconnect/fr/v1/userinfo',
};

type Settings = Pick<OAuthProviderConfiguration, 'service' | 'issuer' | 'discovery' | 'endpoints' | 'scopes' | 'signing' | 'secretIn'>;

export class OpenIdService implements OAuthService {
  #known: { readonly configuration: Promise<client.Configuration>; readonly until: number } | undefined;
  /** Without keys there is no ID token. */
  readonly #isPlain: boolean;

  constructor(
    private readonly options: ServiceOptions,
    private readonly settings: Settings,
    private readonly call: BoundedFetch,
  ) {
    this.#isPlain = settings.endpoints !== undefined && settings.endpoints.keys === undefined;
  }

  async pageFor({ state, nonce, verifier }: Journey): Promise<string> {
    const { scopes } = this.settings;
    const byDefault = this.#isPlain ? [] : ['openid', 'profile', 'email'];
    const scope = (scopes.length > 0 ? scopes : byDefault).join(' ');
    const page = client.buildAuthorizationUrl(await this.#configuration(), {
      redirect_uri: this.options.redirectUri,
      state,
      ...(scope === '' ? {} : { scope }),
      ...(this.#isPlain ? {} : { nonce }),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return page.href;
  }

  async claimsFor({ state, nonce, verifier }: Journey, query: URLSearchParams): Promise<Claims> {
    const configuration = await this.#configuration();
    // The address that the browser was sent to, whatever name it came by.
    const callback = new URL(`${this.options.redirectUri}?${query}`);
    const tokens = await client.authorizationCodeGrant(configuration, callback, {
      expectedState: state,
      pkceCodeVerifier: verifier,
      ...(this.#isPlain ? {} : { expectedNonce: nonce, idTokenExpected: true }),
    });
    if (this.#isPlain) return this.#plainProfile(configuration, tokens.access_token);
    const signed = tokens.claims();
    if (!signed) throw new Error('there is no ID token');
    if (configuration.serverMetadata().userinfo_endpoint === undefined) return signed;
    const profile = await client.fetchUserInfo(configuration, tokens.access_token, signed.sub);
    return confirmed(profile, signed);
  }

  async #plainProfile(configuration: client.Configuration, accessToken: string): Promise<Claims> {
    const place = new URL(configuration.serverMetadata().userinfo_endpoint ?? '');
    const answer = await client.fetchProtectedResource(
      configuration,
      accessToken,
      place,
      'GET',
      null,
      new Headers({ accept: 'application/json' }),
    );
    if (!answer.ok) throw new Error(`the profile was refused with ${answer.status}`);
    return (await answer.json()) as Claims;
  }

  /** Read once for all who ask meanwhile; a failure is forgotten. */
  #configuration(): Promise<client.Configuration> {
    if (this.#known && Date.now() < this.#known.until) return this.#known.configuration;
    const known = { configuration: this.#makeConfiguration(), until: Date.now() + METADATA_MS };
    known.configuration.catch(() => {
      if (this.#known === known) this.#known = undefined;
    });
    this.#known = known;
    return known.configuration;
  }

  async #makeConfiguration(): Promise<client.Configuration> {
    const metadata = this.#givenMetadata() ?? (await this.#readMetadata());
    const { clientId, clientSecret } = this.options;
    const wishes = { id_token_signed_response_alg: this.settings.signing };
    const authentication = this.#sendsInHeader(metadata) ? client.ClientSecretBasic : client.ClientSecretPost;
    const configuration = new client.Configuration(metadata, clientId, wishes, authentication(clientSecret));
    configuration[client.customFetch] = (url, init) => this.call(url, init as RequestInit);
    // Not https is only what the configuration itself names so: this machine.
    if (metadata.issuer.startsWith('http:')) client.allowInsecureRequests(configuration);
    // Otherwise openid-client takes the line to the provider for proof enough.
    client.enableNonRepudiationChecks(configuration);
    return configuration;
  }

  /** OpenID providers that do not say take the secret in a header, plain OAuth 2.0 servers often in the body only. */
  #sendsInHeader({ token_endpoint_auth_methods_supported: methods }: client.ServerMetadata): boolean {
    if (this.settings.secretIn !== undefined) return this.settings.secretIn === 'header';
    return methods?.includes('client_secret_basic') ?? !this.#isPlain;
  }

  #givenMetadata(): client.ServerMetadata | undefined {
    const { endpoints, issuer } = this.settings;
    if (!endpoints) return undefined;
    return {
      issuer: issuer ?? new URL(endpoints.token).origin,
      authorization_endpoint: endpoints.authorization,
      token_endpoint: endpoints.token,
      userinfo_endpoint: endpoints.userinfo,
      ...(endpoints.keys === undefined ? {} : { jwks_uri: endpoints.keys }),
    };
  }

  async #readMetadata(): Promise<client.ServerMetadata> {
    const preset = this.settings.service === 'orange' && this.settings.issuer === undefined ? ORANGE : undefined;
    const issuer = preset?.issuer ?? this.settings.issuer ?? '';
    const place = this.settings.discovery ?? preset?.discovery ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await this.call(place, { headers: { accept: 'application/json' } });
    if (!answer.ok) throw new Error(`the metadata was refused with ${answer.status}`);
    const metadata = (await answer.json()) as client.ServerMetadata;
    // Whoever can answer at that address could otherwise speak for every issuer.
    if (metadata.issuer !== issuer) throw new Error('the metadata is that of another issuer');
    return preset && metadata.userinfo_endpoint === undefined ? { ...metadata, userinfo_endpoint: preset.userinfo } : metadata;
  }
}
