/** Lets anybody in, as somebody new each time: so there is a bound to how many. */
import { randomUUID } from 'node:crypto';
import type { AnonymousProviderConfiguration } from '#libs/common';
import type { IdentityProvider, Principal } from '../identity-provider.js';

export class AnonymousProvider implements IdentityProvider {
  readonly kind = 'anonymous';
  readonly demoAccounts = [];
  readonly id: string;
  readonly displayName: string;
  readonly demo: boolean;
  readonly limits: { readonly sessions: number; readonly sessionsPerAddress: number };
  readonly #labels: readonly string[];

  constructor({ id, displayName, demo, labels, sessions, sessionsPerAddress }: AnonymousProviderConfiguration) {
    this.id = id;
    this.displayName = displayName;
    this.demo = demo;
    this.limits = { sessions, sessionsPerAddress };
    this.#labels = labels;
  }

  accountOf(): undefined {
    return undefined;
  }

  async authenticate(): Promise<Principal> {
    return { subject: randomUUID(), name: 'Anonymous', groups: [], attributes: {}, roles: [], labels: this.#labels };
  }
}
