/** A way of logging in through somebody else's pages. What a browser brings back counts only with the ticket that it was given on leaving. */
import { Logger } from '@nestjs/common';
import { DeskhandError, type OAuthProviderConfiguration } from '#libs/common';
import type { Seal } from '#libs/tokens';
import { type Credentials, type Departure, LoginRefusal, type Principal, type RedirectingProvider } from '../identity-provider.js';
import { isAllowed } from './allow-list.js';
import { principalOf } from './claims.js';
import { type Journey, journeyOf, newJourney, ticketOf } from './journey.js';
import type { Claims, OAuthService } from './oauth-service.js';

/** What has one value only in an honest answer (RFC 6749, 3.1). */
const SINGLE = ['code', 'state', 'iss', 'error'];

export class OAuthProvider implements RedirectingProvider {
  readonly kind = 'oauth2';
  readonly abreast = 32;
  readonly id: string;
  readonly displayName: string;
  readonly demo: boolean;
  readonly demoAccounts = [];
  readonly mark: string;
  readonly #logger = new Logger(OAuthProvider.name);

  constructor(
    private readonly configuration: OAuthProviderConfiguration,
    private readonly service: OAuthService,
    private readonly seal: Seal,
  ) {
    this.id = configuration.id;
    this.displayName = configuration.displayName;
    this.demo = configuration.demo;
    this.mark = configuration.service;
  }

  /** Passwords are never seen here; failures count for the address alone. */
  accountOf(): undefined {
    return undefined;
  }

  async depart(): Promise<Departure> {
    const journey = newJourney();
    return { page: await this.service.pageFor(journey).catch(unavailable), ticket: ticketOf(this.seal, this.id, journey) };
  }

  async authenticate({ arrival }: Credentials): Promise<Principal> {
    if (!arrival) throw new DeskhandError('INVALID_REQUEST', 'This way of logging in begins at /api/v1/auth/oauth/{provider}.');
    const query = new URLSearchParams(arrival.query);
    const isAmbiguous = SINGLE.some((name) => query.getAll(name).length > 1);
    const journey = isAmbiguous ? undefined : journeyOf(this.seal, this.id, arrival.tickets, query.get('state'));
    if (!journey) throw new DeskhandError('LOGIN_NOT_BEGUN');
    if (query.get('error') === 'access_denied') throw new DeskhandError('LOGIN_CANCELLED');
    const claims = await this.#claims(journey, query);
    const principal = principalOf(claims, this.configuration.claims);
    if (!principal) throw this.#untrusted(new Error('there is no usable subject'));
    const { allow, service } = this.configuration;
    const workspace = service === 'google' ? { domain: typeof claims.hd === 'string' ? claims.hd : undefined } : undefined;
    if (!isAllowed(allow, principal, workspace)) throw new LoginRefusal('NOT_ALLOWED', principal.subject);
    return { ...principal, session: journey.session };
  }

  async #claims(journey: Journey, query: URLSearchParams): Promise<Claims> {
    try {
      return await this.service.claimsFor(journey, query);
    } catch (error) {
      throw ours(error) ?? this.#untrusted(error);
    }
  }

  /** The reason is the operator's to read. It names claims and errors of the provider, never a code or a token. */
  #untrusted(error: unknown): LoginRefusal {
    this.#logger.warn({ msg: 'a login was not confirmed by its provider', provider: this.id, reason: reasonsOf(error).join(': ') });
    return new LoginRefusal('LOGIN_NOT_CONFIRMED');
  }
}

/** Libraries wrap what our own fetch said. */
function* chain(error: unknown): Generator<unknown> {
  for (let at = error, depth = 0; at && depth < 5; depth++) {
    yield at;
    const { cause, oauthError } = at as { cause?: unknown; oauthError?: unknown };
    at = cause ?? oauthError;
  }
}

const ours = (error: unknown): DeskhandError | undefined => [...chain(error)].find((one) => one instanceof DeskhandError);

function unavailable(error: unknown): never {
  throw ours(error) ?? new DeskhandError('PROVIDER_UNAVAILABLE', 'The provider cannot be used.', {}, { cause: error });
}

/** A provider's error code says most (`invalid_grant`); its description is its own text. */
const reasonsOf = (error: unknown): readonly string[] =>
  [...chain(error)].flatMap((one) => {
    const { error: code, code: other, message, statusCode } = one as Record<string, unknown>;
    const texts = [code, other, message, statusCode].filter((text) => typeof text === 'string' || typeof text === 'number');
    return texts.map((text) => String(text).slice(0, 200));
  });
