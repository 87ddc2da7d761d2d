/** What may be wanted of a desktop. Time and ids come in as data, so that deciding twice gives the same answer. */
import type { UserIdentity } from '#libs/common';
import type { ApplicationContainer, Cause, Endpoint } from '#libs/runtime';
import type { DesktopSettings, StopReason } from './desktop.events.js';

/** Asks for a live desktop: there already is one, or a new run begins. */
export class CreateDesktop {
  readonly type = 'CreateDesktop';
  constructor(
    readonly desktop: string,
    readonly owner: UserIdentity & { readonly name: string },
    readonly profile: string,
    readonly settings: DesktopSettings,
    /** How many desktops take up a place just now, and how many may. */
    readonly places: { readonly taken: number; readonly limit: number },
    readonly at: string,
  ) {}
}

/** Ends it, in whatever state it is: cancelling is always legal. `by` is absent when the system wants it. */
export class StopDesktop {
  readonly type = 'StopDesktop';
  constructor(
    readonly desktop: string,
    readonly reason: StopReason,
    readonly at: string,
    readonly by?: UserIdentity,
  ) {}
}

export class LaunchApplication {
  readonly type = 'LaunchApplication';
  constructor(
    readonly desktop: string,
    /** Id of the launch, made by the caller. */
    readonly id: string,
    readonly application: string,
    /** Program and arguments, as the catalogue gives them. */
    readonly command: readonly string[],
    /** How many may run on the desktop at once. */
    readonly limit: number,
    readonly at: string,
    readonly by: UserIdentity,
    /** What it runs in; absent: it is a process of the desktop. */
    readonly container?: ApplicationContainer,
    /** Whether it may run in a pod instead. */
    readonly mayBePod = false,
  ) {}
}

export class StopApplication {
  readonly type = 'StopApplication';
  constructor(
    readonly desktop: string,
    readonly id: string,
    readonly at: string,
    readonly by: UserIdentity,
  ) {}
}

/** What the reconciler found out about one run. */
export type Finding =
  | { readonly kind: 'scheduled'; readonly preparing?: true }
  | { readonly kind: 'ready'; readonly endpoint: Endpoint }
  | { readonly kind: 'connected' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'failed'; readonly cause: Cause }
  | { readonly kind: 'gone' }
  | { readonly kind: 'application-started'; readonly id: string }
  | { readonly kind: 'application-exited'; readonly id: string; readonly exitCode?: number }
  | { readonly kind: 'application-failed'; readonly id: string; readonly cause: Cause };

export class ReportDesktopObserved {
  readonly type = 'ReportDesktopObserved';
  constructor(
    readonly desktop: string,
    readonly run: number,
    readonly finding: Finding,
    readonly at: string,
  ) {}
}

export type DesktopCommand = CreateDesktop | StopDesktop | LaunchApplication | StopApplication | ReportDesktopObserved;
