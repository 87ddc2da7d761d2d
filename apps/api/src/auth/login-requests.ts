/** Makes a login of a request: what is asked, who asks from where, and what our proxies say about it. */
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { Request } from 'express';
import { CONFIGURATION, type Configuration, headersOfRules } from '#libs/common';
import { type Credentials, LogIn, type SignedIn } from '#libs/identity';
import { addressOf, isOfProxies } from '../http/client.js';
import { traceIdOf } from '../http/trace-id.js';

@Injectable()
export class LoginRequests {
  readonly #headers: readonly string[];

  constructor(
    private readonly commands: CommandBus,
    @Inject(CONFIGURATION) { identity }: Configuration,
  ) {
    this.#headers = headersOfRules(identity.rules);
  }

  logIn(request: Request, provider: string, credentials: Credentials, attempt?: string): Promise<SignedIn> {
    const caller = { address: addressOf(request), userAgent: request.headers['user-agent'] ?? '' };
    const isGone = () => request.socket.destroyed;
    return this.commands.execute(
      new LogIn(provider, credentials, caller, attempt, traceIdOf(request), this.#proxyHeaders(request), isGone),
    );
  }

  /** The gateway lets them through from listed proxies only; whoever is neither cannot set them by calling here. */
  #proxyHeaders(request: Request): Record<string, string> {
    if (this.#headers.length === 0 || !isOfProxies(request)) return {};
    const { headers } = request;
    return Object.fromEntries(this.#headers.flatMap((name) => (typeof headers[name] === 'string' ? [[name, headers[name]]] : [])));
  }
}
