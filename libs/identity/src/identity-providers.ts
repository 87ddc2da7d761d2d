/** The ways of logging in that this installation has, each with its own gate, in the order of the login page. */
import type { OnModuleDestroy } from '@nestjs/common';
import { DeskhandError, type UserIdentity } from '#libs/common';
import type { IdentityProvider } from './identity-provider.js';
import { ProviderGate } from './provider-gate.js';

/** Whether a provider did not answer because it does not know just now. */
export const cannotTell = ({ code }: DeskhandError): boolean => code === 'PROVIDER_UNAVAILABLE' || code === 'TOO_MANY_REQUESTS';

interface Entry {
  readonly provider: IdentityProvider;
  readonly gate: ProviderGate;
}

export class IdentityProviders implements OnModuleDestroy {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(readonly all: readonly IdentityProvider[]) {
    this.#entries = new Map(all.map((provider) => [provider.id, { provider, gate: new ProviderGate(provider) }]));
  }

  /** @throws DeskhandError `UNKNOWN_PROVIDER` */
  get(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry) throw new DeskhandError('UNKNOWN_PROVIDER');
    return entry;
  }

  /**
   * Whether somebody who has a session may keep it: not when the provider has gone from the configuration; yes where it cannot look.
   * @throws DeskhandError `PROVIDER_UNAVAILABLE` or `TOO_MANY_REQUESTS` when it cannot be told just now
   */
  async stillAllowed({ provider: id, subject }: UserIdentity): Promise<boolean> {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    const { provider, gate } = entry;
    if (!provider.stillAllowed) return true;
    return gate.turnstile.pass(() => gate.ask(async () => (await provider.stillAllowed?.(subject)) ?? true));
  }

  /** Which of them do not work just now, by id, and why. For everybody's eyes. */
  troubles(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#entries].flatMap(([id, { gate }]) => (gate.trouble() ? [[id, gate.trouble() ?? '']] : [])));
  }

  onModuleDestroy(): void {
    for (const provider of this.all) provider.close?.();
  }
}
