/** What every way of logging in looks like to the rest: one file each behind this interface. */
import { DeskhandError, type ErrorCode } from '#libs/common';
import type { KerberosName } from './kerberos.js';

export type ProviderKind = 'local' | 'ldap' | 'activedirectory' | 'oauth2' | 'anonymous';

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  /** Instead of a name and a password: what a browser brought back from a {@link RedirectingProvider}. */
  readonly arrival?: Arrival;
}

/** Where a browser is sent to log in, and the ticket that it has to bring back. */
export interface Departure {
  readonly page: string;
  /** Sealed: kept by the browser in a cookie, and meaningless to everybody else. */
  readonly ticket: string;
}

export interface Arrival {
  /** Those that the browser has: somebody may have planted another. */
  readonly tickets: readonly string[];
  /** Query of the address that the provider sent it back to. */
  readonly query: string;
}

export interface LoginContext {
  /** IP address of the client. */
  readonly address: string;
}

/** Who the provider says it is. */
export interface Principal {
  /** What the provider never gives to somebody else. */
  readonly subject: string;
  /** For people; not for decisions. */
  readonly name: string;
  /** Only where the provider vouches for it. */
  readonly mail?: string;
  /** As the provider names them; compared by `isInGroup`. A directory's group is there by its name and by its DN. */
  readonly groups: readonly string[];
  /** What else the provider says, by the name of the attribute or claim: for rules and for what is made at login. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** Where its realm of Kerberos is known. */
  readonly kerberos?: KerberosName;
  /** Those that the provider gives by itself; rules may add more. */
  readonly roles: readonly string[];
  readonly labels: readonly string[];
  /** Id of the session to open, where one login may open one session only; a new one by default. */
  readonly session?: string;
}

/** What keeps an account out though its password is right. */
export type Obstacle =
  | 'ACCOUNT_DISABLED'
  | 'ACCOUNT_EXPIRED'
  /** Nothing can be read of it that tells it apart from others. */
  | 'UNIDENTIFIED'
  /** By `allow.filter`. */
  | 'FILTERED_OUT'
  /** Of `allow.groups`. */
  | 'IN_NO_ALLOWED_GROUP'
  | 'GROUPS_UNKNOWN';

/** What a login with a name would say of its user, as far as it can be known without the password. */
export interface Acquaintance {
  readonly principal: Omit<Principal, 'subject' | 'session'>;
  readonly obstacles: readonly Obstacle[];
}

export interface IdentityProvider {
  /** From the configuration; part of every identity. */
  readonly id: string;
  readonly kind: ProviderKind;
  readonly displayName: string;
  /** Its accounts are public: only for callers on loopback. */
  readonly demo: boolean;
  /** Names to try it with, where it is a demo; the password of each is the name. */
  readonly demoAccounts: readonly string[];
  /** How many logins it checks at once; others wait for their turn. */
  readonly abreast?: number;
  /** Whether its refusals come sooner for some names than for others: they are then held back until all take the same time. */
  readonly refusesUnevenly?: boolean;
  /** How many sessions it may have open at once, in all and from one network; bounded only as all are by default. */
  readonly limits?: { readonly sessions: number; readonly sessionsPerAddress: number };
  /** The account that these credentials are for, in the one spelling that failures are counted by; undefined where there are no accounts. */
  accountOf(credentials: Credentials): string | undefined;
  /**
   * Bounds its own calls to the outside in time.
   * @throws LoginRefusal for the caller's fault; DeskhandError `PROVIDER_UNAVAILABLE` for its own
   */
  authenticate(credentials: Credentials, context: LoginContext): Promise<Principal>;
  /** For operators. Undefined for nobody; absent where only users themselves can be asked. */
  lookUp?(username: string): Promise<Acquaintance | undefined>;
  /**
   * Whether the account is still there, not disabled and in an allowed group. Absent where the provider cannot look without the user.
   * @throws DeskhandError `PROVIDER_UNAVAILABLE` when it cannot tell just now: no reason to end a session
   */
  stillAllowed?(subject: string): Promise<boolean>;
  /** Lets go of its connections. */
  close?(): void;
}

/** A provider that people log in with on its own pages. */
export interface RedirectingProvider extends IdentityProvider {
  /** Whose mark stands on its button. */
  readonly mark: string;
  /** @throws DeskhandError `PROVIDER_UNAVAILABLE` */
  depart(): Promise<Departure>;
}

export const isRedirecting = (provider: IdentityProvider): provider is RedirectingProvider => 'depart' in provider;

/** To be caught with, where a refusal is something to know and not the end. */
export function undefinedIfRefused(error: unknown): undefined {
  if (!(error instanceof LoginRefusal)) throw error;
}

/** The provider knows that these credentials are not good. */
export class LoginRefusal extends DeskhandError {
  /** @param subject whose account it is, where the provider knows it; for the login history, never for the answer */
  constructor(
    code: ErrorCode,
    readonly subject?: string,
  ) {
    super(code);
  }
}
