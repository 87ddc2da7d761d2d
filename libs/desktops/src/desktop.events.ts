/** What has happened to a desktop: the facts of stream `desktop-<id>`. Once stored they stay readable for ever. */

import type { UserIdentity } from '#libs/common';
import { type RecordedEvent, type Upcasters, upcast } from '#libs/event-sourcing';
import type { ApplicationContainer, Cause, Endpoint } from '#libs/runtime';

/** Why somebody or something wanted a desktop to end. */
export type StopReason = 'user' | 'log-off' | 'cancelled' | 'idle' | 'shutdown';

/** The first size of the display, and where and in which language its user is. */
export interface DesktopSettings {
  readonly width: number;
  readonly height: number;
  readonly timezone?: string;
  readonly locale?: string;
}

/** In every event: which run it is about and when it happened (ISO 8601 UTC). */
interface OfRun {
  readonly run: number;
  readonly at: string;
}

interface OfApplication extends OfRun {
  /** Id of the launch. */
  readonly id: string;
}

type Fact<Type extends string, Data extends object> = { readonly type: Type; readonly data: Data };

export type DesktopRequested = Fact<
  'DesktopRequested',
  OfRun & { readonly owner: UserIdentity & { readonly name: string }; readonly profile: string; readonly settings: DesktopSettings }
>;
/** The runtime has found a place for it. `preparing`: its image and volumes may have to be fetched first. */
export type DesktopScheduled = Fact<'DesktopScheduled', OfRun & { readonly preparing?: true }>;
/** An RFB handshake with its display succeeded. */
export type DesktopBecameReady = Fact<'DesktopBecameReady', OfRun & { readonly endpoint: Endpoint }>;
export type DesktopConnected = Fact<'DesktopConnected', OfRun>;
/** The last browser has gone: idle counts from here. */
export type DesktopDisconnected = Fact<'DesktopDisconnected', OfRun>;
export type DesktopFailed = Fact<'DesktopFailed', OfRun & { readonly cause: Cause }>;
export type DesktopStopRequested = Fact<'DesktopStopRequested', OfRun & { readonly reason: StopReason }>;
export type DesktopStopped = Fact<'DesktopStopped', OfRun>;

export type ApplicationLaunchRequested = Fact<
  'ApplicationLaunchRequested',
  OfApplication & { readonly application: string; readonly command: readonly string[]; readonly container?: ApplicationContainer }
>;
export type ApplicationStarted = Fact<'ApplicationStarted', OfApplication>;
export type ApplicationStopRequested = Fact<'ApplicationStopRequested', OfApplication>;
export type ApplicationExited = Fact<'ApplicationExited', OfApplication & { readonly exitCode?: number }>;
export type ApplicationFailed = Fact<'ApplicationFailed', OfApplication & { readonly cause: Cause }>;

export type DesktopEvent =
  | DesktopRequested
  | DesktopScheduled
  | DesktopBecameReady
  | DesktopConnected
  | DesktopDisconnected
  | DesktopFailed
  | DesktopStopRequested
  | DesktopStopped
  | ApplicationLaunchRequested
  | ApplicationStarted
  | ApplicationStopRequested
  | ApplicationExited
  | ApplicationFailed;

const PREFIX = 'desktop-';

export const desktopStream = (id: string): string => `${PREFIX}${id}`;

/** The desktop that a stream belongs to; undefined for streams of other things. */
export const desktopOfStream = (stream: string): string | undefined =>
  stream.startsWith(PREFIX) ? stream.slice(PREFIX.length) : undefined;

/** From older shapes of events to today's; none has changed yet. */
export const desktopUpcasters: Upcasters = {};

/** A stored event of a desktop's stream in today's shape. */
export const desktopEventOf = ({ type, data }: RecordedEvent): DesktopEvent => upcast(desktopUpcasters, { type, data }) as DesktopEvent;
