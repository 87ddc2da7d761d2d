/** The port through which desktops exist: asked what is there, told what shall be. Adapters: `local`; one contract suite holds them to this page. */
import type { ErrorCode } from '#libs/common';

/** Where an agent listens. An IP address, never a name: the gateway checks it against networks. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** One run of a desktop: everything made for it carries both in its name. */
export interface DesktopRun {
  readonly desktop: string;
  readonly run: number;
}

/** What a desktop shall be, complete: applying it twice makes one desktop. */
export interface DesktopSpec extends DesktopRun {
  /** Id of the user: the key of what a user keeps across desktops, such as a claim. */
  readonly user: string;
  /** Name of the user, for the desktop's own eyes (`USER`): sanitised by the adapter. */
  readonly userName: string;
  /** Which of the configuration's profiles this desktop has. */
  readonly profile: string;
  /** The home folder's key: the same for every run of this desktop. */
  readonly home: string;
  /** Shared by the gateway, the control plane and the agent; 32 bytes. */
  readonly secret: Uint8Array;
  /** What the login made for the user's programs, by file name (`[A-Za-z0-9._-]+`): a Kerberos ticket, an LDIF. Secret. */
  readonly userFiles?: Readonly<Record<string, Uint8Array>>;
  /** First size of the display in pixels; the browser resizes it. */
  readonly width: number;
  readonly height: number;
  /** IANA name, such as `Europe/Paris`. */
  readonly timezone?: string;
  /** BCP 47, such as `fr-FR`. */
  readonly locale?: string;
}

/** How an application runs: as a process of the desktop, as an ephemeral container of its pod, or as a pod of its own. */
export type ApplicationEngine = 'local' | 'ephemeral-container' | 'pod';

/** The container that an application has to itself. */
export interface ApplicationContainer {
  readonly engine: Exclude<ApplicationEngine, 'local'>;
  /** Reference of its image. */
  readonly image: string;
}

/** What an application shall be. */
export interface ApplicationSpec extends DesktopRun {
  /** Id of this launch. */
  readonly id: string;
  /** Name in the catalogue. */
  readonly application: string;
  /** Program and arguments: never a shell line. */
  readonly command: readonly string[];
  /** Absent: it runs among the desktop's own processes. */
  readonly container?: ApplicationContainer;
}

export type ApplicationPhase = 'starting' | 'running' | 'stopping' | 'exited' | 'failed';

export interface ObservedApplication {
  readonly id: string;
  readonly phase: ApplicationPhase;
  readonly exitCode?: number;
  /** With `failed`: why. With `stopping`: why it goes, should nobody have asked for it. */
  readonly cause?: Cause;
  /** What keeps it from running: the cause of its failure, should the deadline pass. */
  readonly waitingFor?: Cause;
  /** It is over and `stopApplication` removes what it has left: its output, which takes next to nothing, or a place that others could have. */
  readonly leftovers?: 'output' | 'place';
}

/** Why something ended or did not start: a code of `docs/errors.md` and what happened this time. */
export interface Cause {
  readonly code: ErrorCode;
  readonly detail: string;
}

/** One run as the runtime sees it. */
export interface ObservedRun {
  readonly run: number;
  /**
   * pending: accepted, no place yet; preparing: it has a place, its image and volumes are still being fetched; starting: its processes
   * run, no display yet; running: the agent answers; terminating: told to go, still there; ended: it is over and its remains are there
   * to be removed; remains: nothing was ever started, but something that was made for it is there.
   */
  readonly phase: 'pending' | 'preparing' | 'starting' | 'running' | 'terminating' | 'ended' | 'remains';
  /** What keeps it from the next phase: the cause of its failure, should that phase's deadline pass. */
  readonly waitingFor?: Cause;
  /** A step of its start was never done, as whoever began it was killed: `startDesktop` does it. It may be running all the same. */
  readonly isUnfinished?: true;
  /** When its processes began, ISO 8601 UTC; absent where the runtime has no word for it. */
  readonly startedAt?: string;
  /** Known as soon as the agent can be dialled. */
  readonly endpoint?: Endpoint;
  /** With `ended` and `terminating`: why. */
  readonly cause?: Cause;
  readonly applications: readonly ObservedApplication[];
  /** The agent's own count of browsers on the display; absent while it was not heard. */
  readonly connections?: number;
  /** ISO 8601 UTC; by the agent's clock. */
  readonly lastDisconnectedAt?: string;
}

/** Something that people who wait for a desktop may want to know: a line, never a failure. */
export interface RuntimeNotice extends DesktopRun {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly phase: 'scheduled' | 'image' | 'starting';
  /** English; bounded and free of control characters. */
  readonly message: string;
}

/** `unknown` is not `absent`: a runtime that cannot be asked says nothing about its desktops. */
export type Observed =
  | { readonly status: 'unknown'; readonly reason: string }
  | { readonly status: 'known'; readonly runs: readonly ObservedRun[] };

export abstract class Runtime {
  /**
   * What is there of this desktop, in every run. Never throws for a runtime that is down: that is `unknown`.
   *
   * @param how `fresh`: not from memory, which may be behind; for decisions that cannot be taken back
   */
  abstract observe(desktop: string, how?: { readonly fresh: boolean }): Promise<Observed>;
  /** Every run of this installation that is there; undefined when the runtime cannot be asked. */
  abstract list(): Promise<readonly DesktopRun[] | undefined>;
  /**
   * Makes it be. Already there in the same run is success. Throws a `DeskhandError` whose code is a terminal cause; where trying again makes
   * sense, `RUNTIME_UNAVAILABLE` (it does not answer), `DESKTOP_UNREACHABLE`, or an error without a code.
   */
  abstract startDesktop(spec: DesktopSpec): Promise<void>;
  /** Makes it go, with everything in it, and its remains too. Not there is success. Does not wait until it has gone. */
  abstract stopDesktop(target: DesktopRun): Promise<void>;
  abstract startApplication(spec: ApplicationSpec): Promise<void>;
  abstract stopApplication(target: DesktopRun & { readonly id: string }): Promise<void>;
  /** The newest output of an application, 64 KiB at most. */
  abstract applicationLog(target: DesktopRun & { readonly id: string }): Promise<string>;
  /** Succeeds when an RFB handshake with the display does; waits for a display that is just starting, for `timeoutMs` at most. */
  abstract probeDisplay(target: DesktopRun & { readonly endpoint: Endpoint }, timeoutMs: number): Promise<void>;
  /** Calls back with a desktop's id whenever something about it may have changed: says which, never what. */
  abstract onChange(listener: (desktop: string) => void): () => void;
  /** Calls back with what the runtime says while a desktop starts, such as that its image is being fetched; each is told once per process. */
  abstract onNotice(listener: (notice: RuntimeNotice) => void): () => void;
  /** Why it cannot be asked just now; undefined when it can. For readyz. */
  abstract unavailable(): Promise<string | undefined>;
  /** Lets go of watches and connections; desktops stay. */
  abstract close(): Promise<void>;
}
