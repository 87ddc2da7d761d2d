/**
 * Writes down the logins that ended before anybody could say whether the password was right: a ban, a full queue, a directory that is down, somebody who
 * changed their mind. Anybody can cause as many of them as they like, so of the same kind only the first is an event at once, and how many followed is another
 * when the time is over: a flood fills no store.
 */
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { accountIdOf, type DeskhandError } from '#libs/common';
import { networkOf } from './address.js';
import { IdentityViews } from './identity.views.js';
import { LoginRefusal } from './identity-provider.js';
import { LogIn } from './login.commands.js';
import { Rounds } from './rounds.js';
import { SessionOpener } from './session-opener.js';

/** As long as a ban lasts by default. */
export const COUNTED_FOR_MS = 600_000;
const LOOK_EVERY_MS = 60_000;
/** Kinds at a time, in each replica; whatever is beyond is counted together by its code and its provider, of which there are few. */
const MOST_KINDS = 500;

/** Logins of one code, provider, network and account. */
interface Kind {
  readonly since: number;
  readonly login: LogIn;
  readonly refusal: LoginRefusal;
  readonly account: string | undefined;
  /** Since the first, which is written down. */
  more: number;
}

@Injectable()
export class TurnedAway implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #kinds = new Map<string, Kind>();
  readonly #rounds = new Rounds((now) => this.#write(now - COUNTED_FOR_MS), 'how many logins were turned away could not be stored');

  constructor(
    private readonly opener: SessionOpener,
    private readonly views: IdentityViews,
  ) {}

  onApplicationBootstrap(): void {
    this.#rounds.start(LOOK_EVERY_MS);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#rounds.stop();
    await this.#write(Number.POSITIVE_INFINITY).catch(() => {});
  }

  async note(login: LogIn, error: DeskhandError, account: string | undefined, now = Date.now()): Promise<void> {
    const key = this.#keyOf(login, error, account);
    const known = this.#kinds.get(key);
    if (known) known.more++;
    else {
      const subject = account === undefined ? undefined : this.views.subjects.of(login.provider, account);
      const refusal = new LoginRefusal(error.code, subject);
      this.#kinds.set(key, { since: now, login: withoutSecrets(login), refusal, account, more: 0 });
      await this.opener.refuse(login, refusal, account);
    }
  }

  #keyOf({ provider, caller }: LogIn, { code }: DeskhandError, account: string | undefined): string {
    const key = [code, provider, networkOf(caller.address), account === undefined ? '' : accountIdOf(provider, account)].join(' ');
    return this.#kinds.has(key) || this.#kinds.size < MOST_KINDS ? key : `${code} ${provider}`;
  }

  /** Of the kinds that began before then. @param before milliseconds since the epoch */
  async #write(before: number): Promise<void> {
    for (const [key, { since, login, refusal, account, more }] of this.#kinds) {
      if (since > before) continue;
      this.#kinds.delete(key);
      if (more > 0) await this.opener.refuse(login, refusal, account, more);
    }
  }
}

/** It is kept for minutes: the password is not. */
function withoutSecrets({ provider, credentials: { username }, caller }: LogIn): LogIn {
  return new LogIn(provider, username === undefined ? {} : { username }, caller);
}
