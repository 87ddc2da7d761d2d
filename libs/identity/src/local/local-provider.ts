/** Accounts from a file, with argon2id hashes. */
import { createHash } from 'node:crypto';
import { verify } from '@node-rs/argon2';
import { accountNameOf } from '../account-name.js';
import { checkedCredentials, isPassword } from '../credentials.js';
import { type Acquaintance, type Credentials, type IdentityProvider, LoginRefusal, type Principal } from '../identity-provider.js';
import type { Account, Accounts } from './accounts.js';
import { AccountsFile } from './accounts-file.js';

/** As many as a login page can show. */
const MOST_DEMO_ACCOUNTS = 20;

export class LocalProvider implements IdentityProvider {
  readonly kind = 'local';

  private constructor(
    readonly id: string,
    readonly displayName: string,
    readonly demo: boolean,
    readonly demoAccounts: readonly string[],
    private readonly file: AccountsFile,
  ) {}

  /** @throws DeskhandError `CONFIGURATION_INVALID` */
  static async open(id: string, displayName: string, demo: boolean, accountsFile: string): Promise<LocalProvider> {
    const file = await AccountsFile.open(accountsFile);
    const names = demo ? [...(await file.accounts()).values()].slice(0, MOST_DEMO_ACCOUNTS).map(({ username }) => username) : [];
    return new LocalProvider(id, displayName, demo, names, file);
  }

  accountOf({ username = '' }: Credentials): string | undefined {
    return accountNameOf(username);
  }

  async authenticate(credentials: Credentials): Promise<Principal> {
    const { username, password } = checkedCredentials(credentials);
    const accounts = await this.file.accounts();
    const typed = accountNameOf(username) ?? '';
    const account = accounts.get(typed);
    // Before any hashing, but no oracle: it does not depend on the account.
    if (!isPassword(password)) throw new LoginRefusal('INVALID_CREDENTIALS', account?.subject);
    const isRight = await verify((account ?? decoyFor(typed, accounts))?.hash ?? '', password.normalize('NFC'));
    if (!account || !isRight) throw new LoginRefusal('INVALID_CREDENTIALS', account?.subject);
    if (account.disabled) throw new LoginRefusal('ACCOUNT_DISABLED', account.subject);
    return { subject: account.subject, ...describe(account) };
  }

  async lookUp(username: string): Promise<Acquaintance | undefined> {
    const account = (await this.file.accounts()).get(accountNameOf(username) ?? '');
    return account && { principal: describe(account), obstacles: account.disabled ? ['ACCOUNT_DISABLED'] : [] };
  }

  async stillAllowed(subject: string): Promise<boolean> {
    return [...(await this.file.accounts()).values()].some((account) => account.subject === subject && !account.disabled);
  }
}

function describe({ username, name, mail, groups, roles, labels }: Account): Acquaintance['principal'] {
  return { name, ...(mail === undefined ? {} : { mail }), groups, attributes: { uid: [username] }, roles, labels };
}

/**
 * Checked for a name that nobody has, so that its refusal takes the time that an account takes; what comes out is not looked at. Always the same for a
 * name, and not one for all: hashes may differ in their cost.
 */
function decoyFor(name: string, accounts: Accounts): Account | undefined {
  const place = createHash('sha256').update(name).digest().readUInt32BE() % accounts.size;
  return [...accounts.values()][place];
}
