/** What differs from provider to provider: where the browser goes, and how what came back becomes claims. */
import type { Journey } from './journey.js';

/** What a provider says about somebody, as it says it. */
export type Claims = Readonly<Record<string, unknown>>;

export interface OAuthService {
  /** The provider's page for this journey. @throws DeskhandError `PROVIDER_UNAVAILABLE` */
  pageFor(journey: Journey): Promise<string>;
  /**
   * Trades the code for what the provider says of its owner, once all of it has been checked.
   * @param query of the callback; its state is the journey's
   * @throws DeskhandError `PROVIDER_UNAVAILABLE`; anything else: the answer does not hold
   */
  claimsFor(journey: Journey, query: URLSearchParams): Promise<Claims>;
}

/** What every service is made with. */
export interface ServiceOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Exactly this is what the provider sends browsers back to. */
  readonly redirectUri: string;
}

/** A profile beside what was signed, which counts more; of an address and its proof, both come from the same place. */
export function confirmed(profile: Claims, signed: Claims): Claims {
  const { email, email_verified } = signed.email === undefined ? profile : signed;
  return { ...profile, ...signed, email, email_verified };
}
