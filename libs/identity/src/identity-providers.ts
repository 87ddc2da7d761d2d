/** The ways of logging in that this installation has, each with its own turnstile, in the order of the login page. */
import { DeskhandError } from '#libs/common';
import type { IdentityProvider } from './identity-provider.js';
import { Turnstile } from './turnstile.js';

/** A password check of ours takes a core and 19 MiB for some ten milliseconds; others are waited for. */
const CHECKS_ABREAST = 3;
const CALLS_ABREAST = 32;
const PLACES_IN_QUEUE = 1_000;

export class IdentityProviders {
  readonly #entries: ReadonlyMap<string, { readonly provider: IdentityProvider; readonly turnstile: Turnstile }>;

  constructor(readonly all: readonly IdentityProvider[]) {
    this.#entries = new Map(
      all.map((provider) => {
        const abreast = provider.kind === 'oauth2' ? CALLS_ABREAST : CHECKS_ABREAST;
        return [provider.id, { provider, turnstile: new Turnstile(abreast, PLACES_IN_QUEUE) }];
      }),
    );
  }

  /** @throws DeskhandError `UNKNOWN_PROVIDER` */
  get(id: string): { readonly provider: IdentityProvider; readonly turnstile: Turnstile } {
    const entry = this.#entries.get(id);
    if (!entry) throw new DeskhandError('UNKNOWN_PROVIDER');
    return entry;
  }
}
