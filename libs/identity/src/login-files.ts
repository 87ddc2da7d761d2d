/** Has what a user's desktops need made at their login and found at a desktop's start, as the profiles say. */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONFIGURATION, type Configuration, type UserIdentity } from '#libs/common';
import { type DesktopFiles, type LoginFile, makeDesktopFiles, pick } from './desktop-files.js';
import type { Principal } from './identity-provider.js';
import { KeptFiles } from './kept-files.js';

const SWEEP_EVERY_MS = 3_600_000;

@Injectable()
export class LoginFiles {
  readonly #logger = new Logger('identity');
  #sweptAt = 0;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly kept: KeptFiles,
  ) {}

  /** What cannot be made or kept is told in the log: it is no reason to turn somebody away. */
  async make(provider: string, principal: Principal, password: string | undefined): Promise<void> {
    const wanted = this.#wantedBy(principal.labels);
    if (wanted.size === 0) return;
    try {
      await this.kept.keep({ provider, subject: principal.subject }, await makeDesktopFiles(wanted, principal, password));
      await this.#sweep();
    } catch (error) {
      this.#logger.error({ msg: 'what desktops need of a login could not be kept', code: (error as NodeJS.ErrnoException).code });
    }
  }

  async #sweep(now = Date.now()): Promise<void> {
    if (now - this.#sweptAt < SWEEP_EVERY_MS) return;
    this.#sweptAt = now;
    await this.kept.sweep(now);
  }

  /** @returns undefined when the profile wants nothing, or nothing is there */
  async of(owner: UserIdentity, profile: string): Promise<DesktopFiles | undefined> {
    const wanted = this.configuration.profiles.find(({ name }) => name === profile)?.loginFiles ?? [];
    if (wanted.length === 0) return undefined;
    const files = pick(await this.kept.of(owner), wanted);
    return Object.keys(files).length > 0 ? files : undefined;
  }

  /** Only of profiles that they may choose: nothing else is made of a password. */
  #wantedBy(labels: readonly string[]): ReadonlySet<LoginFile> {
    const open = this.configuration.profiles.filter(
      (profile) => profile.labels.length === 0 || profile.labels.some((one) => labels.includes(one)),
    );
    return new Set(open.flatMap(({ loginFiles }) => loginFiles));
  }
}
