/** Has what a user's desktops need made at their login and found at a desktop's start, as the profiles say. */
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIGURATION, type Configuration, type UserIdentity } from '#libs/common';
import { type DesktopFiles, type FilesOrder, makeDesktopFiles, pick } from './desktop-files.js';
import { IdentityViews } from './identity.views.js';
import type { Principal } from './identity-provider.js';
import { KeptFiles } from './kept-files.js';
import { Rounds } from './rounds.js';

const SWEEP_EVERY_MS = 60_000;
/** They are made before their session begins, by a clock that may be another's. */
const SESSION_BEGINS_WITHIN_MS = 60_000;

@Injectable()
export class LoginFiles implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #logger = new Logger('identity');
  readonly #rounds = new Rounds((now) => this.sweep(now), 'what logins made for desktops could not be swept; it is tried again');

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly kept: KeptFiles,
    private readonly views: IdentityViews,
  ) {}

  onApplicationBootstrap(): void {
    this.#rounds.start(SWEEP_EVERY_MS);
  }

  onModuleDestroy(): Promise<void> {
    return this.#rounds.stop();
  }

  /** In the place of what an earlier login made. What cannot be made or kept is told in the log: it is no reason to turn somebody away. */
  async make(provider: string, principal: Principal, password: string | undefined): Promise<void> {
    if (this.configuration.profiles.every(({ loginFiles }) => loginFiles.length === 0)) return;
    const order = this.#orderOf(principal.labels);
    try {
      await this.kept.keep({ provider, subject: principal.subject }, await makeDesktopFiles(order, principal, password));
    } catch (error) {
      this.#logger.error({ msg: 'what desktops need of a login could not be kept', code: (error as NodeJS.ErrnoException).code });
    }
  }

  /**
   * Removes what belongs to nobody who is logged in: an ended session needs it no more. @param now milliseconds since the epoch
   * @throws DeskhandError `NOT_READY` while it is not known who that is
   */
  async sweep(now: number): Promise<void> {
    await this.views.caughtUp();
    await this.kept.sweep(this.views.sessions.users(now), now - SESSION_BEGINS_WITHIN_MS);
  }

  /** @returns undefined when the profile wants nothing, or nothing is there */
  async of(owner: UserIdentity, profile: string): Promise<DesktopFiles | undefined> {
    const wanted = this.configuration.profiles.find(({ name }) => name === profile)?.loginFiles ?? [];
    if (wanted.length === 0) return undefined;
    const files = pick(await this.kept.of(owner), wanted);
    return Object.keys(files).length > 0 ? files : undefined;
  }

  /** Only of profiles that they may choose: nothing else is made of a password. */
  #orderOf(labels: readonly string[]): FilesOrder {
    const open = this.configuration.profiles.filter(
      (profile) => profile.labels.length === 0 || profile.labels.some((one) => labels.includes(one)),
    );
    return { kinds: new Set(open.flatMap(({ loginFiles }) => loginFiles)), webdav: [...new Set(open.flatMap(({ webdav }) => webdav))] };
  }
}
