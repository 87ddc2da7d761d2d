/** Accounts from a file, with argon2id hashes. */
import { verify } from '@node-rs/argon2';
import { DeskhandError } from '#libs/common';
import { type Credentials, type IdentityProvider, LoginRefusal, type Principal } from '../identity-provider.js';
import { accountNameOf } from './account-name.js';
import type { Account, Accounts } from './accounts.js';

const LONGEST_PASSWORD = 1024;
/** As many as a login page can show. */
const MOST_DEMO_ACCOUNTS = 20;

export class LocalProvider implements IdentityProvider {
  readonly kind = 'local';
  readonly demoAccounts: readonly string[];
  readonly #accounts: Accounts;
  /** Checked for names that nobody has, so that their refusal takes the same time; what comes out is not looked at. */
  readonly #decoy: Account | undefined;

  constructor(
    readonly id: string,
    readonly displayName: string,
    readonly demo: boolean,
    accounts: Accounts,
  ) {
    this.#accounts = accounts;
    this.demoAccounts = demo ? [...accounts.values()].slice(0, MOST_DEMO_ACCOUNTS).map(({ username }) => username) : [];
    this.#decoy = accounts.values().next().value;
  }

  accountOf({ username = '' }: Credentials): string | undefined {
    return accountNameOf(username);
  }

  async authenticate({ username, password }: Credentials): Promise<Principal> {
    if (username === undefined || password === undefined) throw incomplete({ username, password });
    const account = this.#accounts.get(accountNameOf(username) ?? '');
    // Before any hashing, but no oracle: it does not depend on the account.
    if (password === '' || password.length > LONGEST_PASSWORD || password.includes('\0'))
      throw new LoginRefusal('INVALID_CREDENTIALS', account?.subject);
    const isRight = await verify((account ?? this.#decoy)?.hash ?? '', password.normalize('NFC'));
    if (!account || !isRight) throw new LoginRefusal('INVALID_CREDENTIALS', account?.subject);
    const { subject, name, mail, groups, roles, labels } = account;
    return { subject, name, ...(mail === undefined ? {} : { mail }), groups, attributes: {}, roles, labels };
  }
}

function incomplete(credentials: Credentials): DeskhandError {
  const missing = (['username', 'password'] as const).filter((field) => credentials[field] === undefined);
  const fields = Object.fromEntries(missing.map((field) => [field, 'is needed for this way of logging in']));
  return new DeskhandError('INVALID_REQUEST', `Not valid: ${missing.join(', ')}.`, { fields });
}
