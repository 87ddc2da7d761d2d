/** What clients ask of a login, with what they hold in their hands: credentials and refresh tokens. None of it is ever stored. */
import { Command } from '@nestjs/cqrs';
import type { AuthenticatedUser } from '#libs/common';
import type { Credentials } from './identity-provider.js';
import type { Caller } from './session.events.js';

/** What a client gets for good credentials or a good refresh token. */
export interface SignedIn {
  readonly user: AuthenticatedUser;
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  /** Absent when the one that was shown has just been replaced by another request, which got the next one. */
  readonly refreshToken?: string;
  /** The end of the session's longest life. */
  readonly sessionExpiresAt: string;
}

export class LogIn extends Command<SignedIn> {
  constructor(
    /** Id of the provider. */
    readonly provider: string,
    readonly credentials: Credentials,
    readonly caller: Caller,
    /** Under which the stages are told. */
    readonly attempt?: string,
    readonly traceId?: string,
    /** Headers that a listed proxy set, for rules; names in lower case. */
    readonly proxyHeaders: Readonly<Record<string, string>> = {},
    /** Whether nobody waits for the answer any more. */
    readonly isGone: () => boolean = () => false,
  ) {
    super();
  }
}

export class RenewLogin extends Command<SignedIn> {
  constructor(
    readonly refreshToken: string,
    readonly traceId?: string,
  ) {
    super();
  }
}
