/** A login from credentials to tokens: each stage told as it happens, each refusal written down. */
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { DeskhandError } from '#libs/common';
import { Progress } from '#libs/progress';
import { isLoopback, networkOf } from './address.js';
import { AttemptLimiter } from './attempt-limiter.js';
import { LoginRefusal, type Principal } from './identity-provider.js';
import { IdentityProviders } from './identity-providers.js';
import { LogIn, type SignedIn } from './login.commands.js';
import { LoginStages } from './login.stages.js';
import { SessionOpener } from './session-opener.js';

@CommandHandler(LogIn)
export class LogInHandler implements ICommandHandler<LogIn, SignedIn> {
  constructor(
    private readonly providers: IdentityProviders,
    private readonly limiter: AttemptLimiter,
    private readonly opener: SessionOpener,
    private readonly progress: Progress,
  ) {}

  /**
   * @throws LoginRefusal for wrong credentials; DeskhandError `UNKNOWN_PROVIDER`, `LOOPBACK_ONLY`, `TOO_MANY_ATTEMPTS`, `TOO_MANY_REQUESTS`,
   * `PROVIDER_UNAVAILABLE`
   */
  async execute(login: LogIn): Promise<SignedIn> {
    const stages = new LoginStages(this.progress, login.attempt);
    try {
      const principal = await this.#authenticate(login, stages);
      await stages.secrets();
      const signedIn = await this.opener.open(login, principal);
      await stages.signedIn();
      return signedIn;
    } catch (error) {
      await stages.failed(error);
      throw error;
    }
  }

  async #authenticate(login: LogIn, stages: LoginStages): Promise<Principal> {
    await stages.contacting();
    const { provider, turnstile } = this.providers.get(login.provider);
    const { credentials, caller } = login;
    if (provider.demo && !isLoopback(caller.address)) throw new DeskhandError('LOOPBACK_ONLY');
    const account = provider.accountOf(credentials);
    const attempt = { account: account && JSON.stringify([provider.id, account]), network: networkOf(caller.address) };
    this.limiter.check(attempt, Date.now());
    return turnstile.pass(async () => {
      // Again: those ahead in the queue may have used up the free failures.
      this.limiter.check(attempt, Date.now());
      await stages.verifying();
      try {
        const principal = await provider.authenticate(credentials, caller);
        this.limiter.succeeded(attempt);
        return principal;
      } catch (error) {
        if (error instanceof LoginRefusal) {
          this.limiter.failed(attempt, Date.now());
          await this.opener.refuse(login, error);
        }
        throw error;
      }
    });
  }
}
