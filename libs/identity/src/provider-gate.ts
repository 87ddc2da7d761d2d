/** Stands before one way of logging in with a queue and a circuit breaker of its own: whatever happens to it, the others go on. */
import { Logger } from '@nestjs/common';
import { DeskhandError } from '#libs/common';
import { CircuitBreaker } from './circuit-breaker.js';
import type { IdentityProvider } from './identity-provider.js';
import { RefusalPace } from './refusal-pace.js';
import { Turnstile } from './turnstile.js';

/** A check of a local password takes a core and 19 MiB for some ten milliseconds. */
const ABREAST = 3;
const PLACES_IN_QUEUE = 1_000;
const LONGEST_WAIT_MS = 10_000;
/** A directory hashes no password for a name that nobody has; with the hashes that they use, a check takes less than this. */
const LEAST_REFUSAL_MS = 300;

export class ProviderGate {
  readonly turnstile: Turnstile;
  /** Goes around all of a login. */
  readonly pace: RefusalPace;
  readonly #breaker = new CircuitBreaker();
  readonly #logger = new Logger('identity');

  constructor(private readonly provider: IdentityProvider) {
    this.turnstile = new Turnstile(provider.abreast ?? ABREAST, PLACES_IN_QUEUE, LONGEST_WAIT_MS);
    this.pace = new RefusalPace(provider.refusesUnevenly ? LEAST_REFUSAL_MS : 0);
  }

  /**
   * Asks the provider, unless it has stopped answering.
   * @throws DeskhandError `PROVIDER_UNAVAILABLE`; whatever the question throws
   */
  async ask<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    const wasWell = this.trouble() === undefined;
    try {
      return await this.#breaker.run(() => this.#logged(question), Date.now);
    } finally {
      const isWell = this.trouble() === undefined;
      if (wasWell !== isWell) this.#logger.warn(`provider ${this.provider.id} ${isWell ? 'answers again' : 'is left alone for a while'}`);
    }
  }

  /** What keeps people from logging in this way; undefined while nothing does. For everybody's eyes. */
  trouble(now = Date.now()): string | undefined {
    const seconds = this.#breaker.restSeconds(now);
    return seconds === undefined ? undefined : `does not answer; the next try is in ${seconds} s`;
  }

  async #logged<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question();
    } catch (error) {
      if (error instanceof DeskhandError && error.code === 'PROVIDER_UNAVAILABLE')
        this.#logger.warn(`provider ${this.provider.id}: ${error.cause instanceof Error ? error.cause.message : error.detail}`);
      throw error;
    }
  }
}
