/** A login from credentials to tokens: each stage told as it happens, each refusal written down. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DeskhandError, type ErrorCode } from '#libs/common';
import { Progress } from '#libs/progress';
import { isLoopback } from './address.js';
import { LoginRefusal, type Principal } from './identity-provider.js';
import { IdentityProviders } from './identity-providers.js';
import { LogIn, type SignedIn } from './login.commands.js';
import { LoginStages } from './login.stages.js';
import { LoginFiles } from './login-files.js';
import { type Attempt, LoginGuard } from './login-guard.js';
import { Rules } from './rules.js';
import { SessionLimits } from './session-limits.js';
import { SessionOpener } from './session-opener.js';
import { TurnedAway } from './turned-away.js';

/** Faults of a request, such as a provider that is not there, are no logins. */
const TURNS_AWAY: ReadonlySet<string> = new Set<ErrorCode>([
  'TOO_MANY_ATTEMPTS',
  'TOO_MANY_REQUESTS',
  'TOO_MANY_SESSIONS',
  'PROVIDER_UNAVAILABLE',
  'LOOPBACK_ONLY',
  'LOGIN_CANCELLED',
  'LOGIN_NOT_BEGUN',
]);

@CommandHandler(LogIn)
export class LogInHandler implements ICommandHandler<LogIn, SignedIn> {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly guard: LoginGuard,
    private readonly opener: SessionOpener,
    private readonly limits: SessionLimits,
    private readonly progress: Progress,
    private readonly rules: Rules,
    private readonly files: LoginFiles,
    private readonly turnedAway: TurnedAway,
  ) {}

  /**
   * @throws LoginRefusal for wrong credentials; DeskhandError `UNKNOWN_PROVIDER`, `LOOPBACK_ONLY`, `TOO_MANY_ATTEMPTS`, `TOO_MANY_REQUESTS`,
   * `TOO_MANY_SESSIONS`, `PROVIDER_UNAVAILABLE`, `LOGIN_CANCELLED` when nobody waits for the answer any more
   */
  async execute(login: LogIn): Promise<SignedIn> {
    const stages = new LoginStages(this.progress, login.attempt);
    try {
      const { principal, attempt } = await this.#authenticate(login, stages);
      refuseIfGone(login);
      await stages.secrets();
      await this.files.make(login.provider, principal, login.credentials.password);
      const { provider } = this.providers.get(login.provider);
      const user = { provider: provider.id, subject: principal.subject };
      const signedIn = await this.limits.within(provider, user, login.caller.address, () => this.#open(login, principal, attempt));
      await stages.signedIn();
      return signedIn;
    } catch (error) {
      await this.#noteTurnedAway(login, error);
      await stages.failed(error);
      throw error;
    }
  }

  /** Whom an operator bans in the middle of a login gets no session either, nor does a browser that has gone: nobody has its tokens. */
  async #open(login: LogIn, principal: Principal, attempt: Attempt): Promise<SignedIn> {
    const signedIn = await this.opener.open(login, principal, attempt.account);
    try {
      await this.guard.checkOpened(attempt, signedIn.user);
      refuseIfGone(login);
    } catch (error) {
      await this.opener.takeBack(signedIn.user.sessionId, login.isGone() ? 'logout' : 'banned');
      throw error;
    }
    return signedIn;
  }

  /** Refusals of a provider are written down where they happen, each. What cannot be stored turns nobody's answer into another. */
  async #noteTurnedAway(login: LogIn, error: unknown): Promise<void> {
    if (error instanceof LoginRefusal || !(error instanceof DeskhandError) || !TURNS_AWAY.has(error.code)) return;
    const account = this.providers.get(login.provider).provider.accountOf(login.credentials);
    await this.turnedAway.note(login, error, account).catch(() => {});
  }

  async #authenticate(login: LogIn, stages: LoginStages): Promise<{ principal: Principal; attempt: Attempt }> {
    await stages.contacting();
    const { provider, gate } = this.providers.get(login.provider);
    const { credentials, caller } = login;
    if (provider.demo && !isLoopback(caller.address)) throw new DeskhandError('LOOPBACK_ONLY');
    const account = provider.accountOf(credentials);
    const attempt = { provider: provider.id, account, address: caller.address };
    const isGuessedAt = ({ subject }: { readonly subject?: string | undefined }) =>
      subject !== undefined && this.guard.isGuessedAt({ provider: provider.id, subject }, attempt);
    const check = async (begun: () => void, hasWaited: boolean) => {
      begun();
      // Again: those ahead in the queue may have used up the free failures.
      if (hasWaited) await this.guard.check(attempt);
      // Only before: who goes when the password is being looked at has guessed all the same.
      refuseIfGone(login);
      await stages.verifying();
      try {
        const principal = await gate.ask(() => provider.authenticate(credentials, caller));
        this.guard.checkUser({ provider: provider.id, subject: principal.subject });
        if (isGuessedAt(principal)) throw new LoginRefusal('TOO_MANY_ATTEMPTS', principal.subject);
        const facts = { provider: provider.id, kind: provider.kind, address: caller.address, headers: login.proxyHeaders, at: Date.now() };
        return { principal: this.rules.applyTo(principal, facts), attempt };
      } catch (error) {
        if (!(error instanceof LoginRefusal)) throw error;
        await this.opener.refuse(login, error, account);
        const isHidden = isGuessedAt(error);
        // Who is known but not allowed has guessed nothing.
        if (error.code !== 'NOT_ALLOWED') await this.guard.failed(attempt, error.subject);
        throw isHidden ? new LoginRefusal('INVALID_CREDENTIALS') : error;
      }
    };
    // Outermost: whoever is held back takes nobody's place.
    return gate.pace.over((begun) =>
      this.guard.admit(attempt, (wasSlowed) => gate.turnstile.pass((hasQueued) => check(begun, wasSlowed || hasQueued))),
    );
  }
}

function refuseIfGone(login: LogIn): void {
  if (login.isGone()) throw new DeskhandError('LOGIN_CANCELLED');
}
