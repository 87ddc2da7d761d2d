/** The file of local accounts as it is now: read again when it has changed, so that who is taken out of it is out without a restart. */
import { statSync } from 'node:fs';
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
    const version = versionOf(file);
    return new AccountsFile(file, await readAccounts(file), version);
  }

  /** A file that has become unusable is logged once, and the accounts stay as they were: half a file must not lock everybody out. */
  async accounts(): Promise<Accounts> {
    const version = versionOf(this.file);
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

/** Another one for whatever was written to it or put in its place, also behind a link. Not on the thread pool: that costs twenty times as much. */
function versionOf(file: string): string {
  const status = statSync(file, { bigint: true, throwIfNoEntry: false });
  return status ? [status.ino, status.size, status.mtimeNs].join(' ') : 'gone';
}
