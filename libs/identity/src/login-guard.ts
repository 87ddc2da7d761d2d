/** Stands before every check of a password: refuses who is banned, slows down who fails often, and bans who fails too often. */
import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIGURATION, type Configuration, DeskhandError, Networks, type UserIdentity } from '#libs/common';
import { EventStore, handleCommand } from '#libs/event-sourcing';
import { networkOf } from './address.js';
import { BanSource } from './ban.commands.js';
import { banDecider } from './ban.decider.js';
import { accountKey, banStream, type Source, sourceKey } from './ban.events.js';
import { IdentityViews } from './identity.views.js';
import type { SessionStarted } from './session.events.js';

export interface Attempt {
  /** Id of the provider. */
  readonly provider: string;
  /** In the one spelling of the provider; undefined where there are no accounts, or none is named yet. */
  readonly account: string | undefined;
  /** IP address of the client. */
  readonly address: string;
}

/** So many attempts may be slowed down at once; what comes beyond is turned away. */
const MAX_SLOWED = 1_000;
/** No ban ends guessing from a protected network, so waits have to bound it: so many attempts of an address at an account go on side by side. */
const ABREAST_WHERE_PROTECTED = 3;

@Injectable()
export class LoginGuard {
  /** Ban or no ban: who operates the installation comes in from here. */
  readonly #protected: Networks;
  readonly #proxies: Networks;
  readonly #banMs: number;
  #slowed = 0;
  /** Attempts from protected networks, by account and address. */
  readonly #underWay = new Map<string, number>();

  constructor(
    private readonly store: EventStore,
    private readonly views: IdentityViews,
    @Inject(CONFIGURATION) { identity, http }: Configuration,
  ) {
    this.#protected = new Networks(identity.attempts.protectedNetworks);
    this.#proxies = new Networks(http.trustedProxies);
    this.#banMs = identity.attempts.waitSeconds * 1000;
  }

  /**
   * Runs the attempt, at once or after a wait of a second at most. Whether the account exists makes no difference.
   * @param run is told whether it had to wait
   * @throws DeskhandError `TOO_MANY_ATTEMPTS` with the seconds until a ban ends; `TOO_MANY_REQUESTS` when too many are waiting; what the run throws
   */
  async admit<Result>(attempt: Attempt, run: (hasWaited: boolean) => Promise<Result>): Promise<Result> {
    await this.check(attempt);
    return this.#abreast(attempt, async () => run(await this.#slowDown(attempt)));
  }

  /** For who has queued meanwhile. @throws DeskhandError `TOO_MANY_ATTEMPTS` with the seconds until a ban ends; `NOT_READY` while bans cannot be known */
  async check(attempt: Attempt): Promise<void> {
    await this.views.caughtUp();
    const sources = this.#sources(attempt);
    // The counting of failures locks nobody out there; what an operator wants holds everywhere.
    this.#refuseBanned(this.#protected.has(attempt.address) ? sources.filter((source) => this.#isWantedOut(source)) : sources);
  }

  /** For who has proved to be somebody: operators ban users too, whatever name they log in with. @throws DeskhandError `TOO_MANY_ATTEMPTS` */
  checkUser({ provider, subject }: UserIdentity): void {
    const source: Source = { kind: 'account', provider, account: subject };
    // Failures are counted by the name that was typed, which may look like a subject: they shut out nobody who knows the password.
    if (this.#isWantedOut(source)) this.#refuseBanned([source]);
  }

  /**
   * Whether guesses at a user, by several of their names, have become too many. What then holds for a wrong password holds for the right one, and is said as
   * of a wrong one: anything else would tell that two names are one user's, or that the guess was good.
   */
  isGuessedAt({ provider, subject }: UserIdentity, { address }: Pick<Attempt, 'address'>): boolean {
    return !this.#protected.has(address) && this.views.bans.at(sourceKey({ kind: 'user', provider, subject })) !== undefined;
  }

  /** Whether an operator wants the user of a session out; that somebody guesses at their password is no reason. */
  isThrownOut({
    identity: { provider, subject },
    account,
    address,
  }: Pick<SessionStarted['data'], 'identity' | 'account' | 'address'>): boolean {
    if (this.views.bans.isEmpty) return false;
    const sources = this.#sources({ provider, account: subject, address });
    return sources.some((source) => this.#isWantedOut(source)) || (account !== undefined && this.#isOperators(accountKey(account)));
  }

  /** For who has just got a session: an operator's ban ends those that it finds, and may have come before this one. @throws DeskhandError `TOO_MANY_ATTEMPTS` */
  async checkOpened(attempt: Attempt, { provider, subject }: UserIdentity): Promise<void> {
    await this.views.caughtUp();
    const sources: readonly Source[] = [...this.#sources(attempt), { kind: 'account', provider, account: subject }];
    this.#refuseBanned(sources.filter((source) => this.#isWantedOut(source)));
  }

  /**
   * To be called when the refusal has been stored. Once it returns, a ban that follows from it holds everywhere.
   * @param subject whose password it was not, where the provider knows it
   */
  async failed(attempt: Attempt, subject?: string): Promise<void> {
    await this.views.caughtUp();
    const now = Date.now();
    const user: readonly Source[] = subject === undefined ? [] : [{ kind: 'user', provider: attempt.provider, subject }];
    for (const source of [...this.#sources(attempt), ...user]) {
      if (!this.views.attempts.isTooMuch(source, now)) continue;
      const ban = new BanSource(source, 'failures', new Date(now).toISOString(), new Date(now + this.#banMs).toISOString());
      await handleCommand(this.store, banDecider, banStream(source), ban);
    }
  }

  /** What may be banned for the attempt: never a protected network, and no proxy, which speaks for many. */
  #sources({ provider, account, address }: Attempt): readonly Source[] {
    const isOpen = !this.#protected.has(address) && !this.#proxies.has(address);
    const sources: Source[] = isOpen ? [{ kind: 'address', network: networkOf(address) }] : [];
    return account === undefined ? sources : [...sources, { kind: 'account', provider, account }];
  }

  /** @returns whether it took any time */
  async #slowDown(attempt: Attempt): Promise<boolean> {
    const now = Date.now();
    const delay = Math.max(...this.#sources(attempt).map((source) => this.views.attempts.delayMs(source, now)), 0);
    if (delay === 0) return false;
    if (this.#slowed >= MAX_SLOWED) throw new DeskhandError('TOO_MANY_REQUESTS', undefined, { retryAfter: 5 });
    this.#slowed++;
    await pause(delay).finally(() => this.#slowed--);
    return true;
  }

  async #abreast<Result>({ provider, account, address }: Attempt, run: () => Promise<Result>): Promise<Result> {
    if (account === undefined || !this.#protected.has(address)) return run();
    const key = `${networkOf(address)} ${sourceKey({ kind: 'account', provider, account })}`;
    const count = this.#underWay.get(key) ?? 0;
    if (count >= ABREAST_WHERE_PROTECTED) throw new DeskhandError('TOO_MANY_REQUESTS', undefined, { retryAfter: 1 });
    this.#underWay.set(key, count + 1);
    try {
      return await run();
    } finally {
      const left = (this.#underWay.get(key) ?? 1) - 1;
      if (left > 0) this.#underWay.set(key, left);
      else this.#underWay.delete(key);
    }
  }

  #isWantedOut(source: Source): boolean {
    return this.#isOperators(sourceKey(source));
  }

  #isOperators(key: string): boolean {
    return this.views.bans.at(key)?.reason === 'operator';
  }

  #refuseBanned(sources: readonly Source[]): void {
    const now = Date.now();
    const ends = sources.flatMap((source) => Date.parse(this.views.bans.at(sourceKey(source), now)?.until ?? '') || []);
    if (ends.length > 0)
      throw new DeskhandError('TOO_MANY_ATTEMPTS', undefined, { retryAfter: Math.ceil((Math.max(...ends) - now) / 1000) });
  }
}
