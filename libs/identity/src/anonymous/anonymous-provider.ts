/** Lets anybody in, as somebody new each time. */
import { randomUUID } from 'node:crypto';
import type { IdentityProvider, Principal } from '../identity-provider.js';

export class AnonymousProvider implements IdentityProvider {
  readonly kind = 'anonymous';
  readonly demoAccounts = [];

  constructor(
    readonly id: string,
    readonly displayName: string,
    readonly demo: boolean,
    private readonly labels: readonly string[],
  ) {}

  accountOf(): undefined {
    return undefined;
  }

  async authenticate(): Promise<Principal> {
    return { subject: randomUUID(), name: 'Anonymous', groups: [], attributes: {}, roles: [], labels: this.labels };
  }
}
