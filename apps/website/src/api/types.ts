/** What the server answers, as far as the website reads it. */
export interface User {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly roles: readonly string[];
}

export type ProviderKind = 'local' | 'ldap' | 'activedirectory' | 'oauth2' | 'anonymous';

export interface Provider {
  readonly id: string;
  readonly kind: ProviderKind;
  readonly displayName: string;
  /** With `oauth2`: whose mark its button has. */
  readonly mark?: string;
  /** Its users are the demo ones, whose password is their name. */
  readonly demo?: boolean;
  /** With `demo`: their names. */
  readonly demoAccounts?: readonly string[];
}

export interface SignedIn {
  /** Seconds that the user token lives. */
  readonly expiresIn: number;
  readonly user: User;
}

export type DesktopStatus = 'requested' | 'starting' | 'ready' | 'stopping' | 'stopped' | 'failed';

export interface Desktop {
  readonly id: string;
  readonly run?: number;
  readonly status: DesktopStatus;
  /** Code of the error that ended it. */
  readonly cause?: string;
  readonly detail?: string;
  readonly remedy?: string;
}

export interface DesktopToken {
  /** Seconds that the desktop's cookie lives. */
  readonly expiresIn: number;
}

export interface Application {
  readonly name: string;
  readonly displayName: string;
  /** Path on our origin. */
  readonly icon?: string | null;
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
}

export type LaunchStatus = 'requested' | 'starting' | 'running' | 'stopping' | 'exited' | 'failed';

/** One start of an application. */
export interface Launch {
  readonly id: string;
  readonly application: string;
  readonly status: LaunchStatus;
  /** With `exited`; 0 is well. */
  readonly exitCode?: number;
  /** With `failed`: code of the error, and what happened this time. */
  readonly cause?: string;
  readonly detail?: string;
}

/** A window on the desktop. Its title and class are the desktop's words: text, never markup. */
export interface DesktopWindow {
  readonly id: string;
  readonly title: string;
  readonly class: string;
  /** Id of the launch that it belongs to. */
  readonly application?: string;
  /** Takes all of the screen's height, so that it lies under the dock. */
  readonly maximized?: true;
  readonly active: boolean;
}

export interface ProgressLine {
  readonly id: string;
  readonly at: string;
  readonly phase: string;
  readonly message: string;
}
