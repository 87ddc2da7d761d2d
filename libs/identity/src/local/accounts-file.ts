/** The file of local accounts as it is now: read again when it has changed, so that who is taken out of it is out without a restart. */
import { stat } from 'node:fs/promises';
import { Logger } from '@nestjs/common';
import { type Accounts, readAccounts } from './accounts.js';

export class AccountsFile {
  readonly #logger = new Logger('accounts');

  private constructor(
    private readonly file: string,
    private known: Accounts,
    private version: string,
  ) {}

  /** @throws DeskhandError `CONFIGURATION_INVALID` */
  static async open(file: string): Promise<AccountsFile> {
    const version = await versionOf(file);
    return new AccountsFile(file, await readAccounts(file), version);
  }

  /** A file that has become unusable is logged once, and the accounts stay as they were: half a file must not lock everybody out. */
  async accounts(): Promise<Accounts> {
    const version = await versionOf(this.file);
    if (version === this.version) return this.known;
    this.version = version;
    try {
      this.known = await readAccounts(this.file);
    } catch (error) {
      this.#logger.error((error as Error).message);
    }
    return this.known;
  }
}

/** Another one for whatever was written to it or put in its place, also behind a link. */
async function versionOf(file: string): Promise<string> {
  const status = await stat(file, { bigint: true }).catch(() => undefined);
  return status ? [status.ino, status.size, status.mtimeNs].join(' ') : 'gone';
}
