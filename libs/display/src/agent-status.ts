/** What the agent says about its desktop: the shapes of docs/agent-protocol.md that callers read and write. */

export type ApplicationState = 'starting' | 'running' | 'stopping' | 'exited' | 'failed';

/** A container that shares the desktop's process namespace, or a pod that shares nothing but the display. */
export type ApplicationPlace = 'container' | 'pod';

export interface ApplicationStatus {
  /** Id of the launch, given by the caller. */
  readonly id: string;
  /** Name in the catalogue. */
  readonly application: string;
  readonly status: ApplicationState;
  /** Where somebody else starts it; absent: the agent itself does. */
  readonly place?: ApplicationPlace;
  /** With `exited`, when the program ended by itself. */
  readonly exitCode?: number;
  /** With `exited`, when a signal ended it, such as `SIGTERM`. */
  readonly signal?: string;
  /** With `failed`: why, in one sentence. */
  readonly detail?: string;
}

export type DisplayState = 'starting' | 'answering' | 'ended';

export interface AgentStatus {
  readonly desktop: string;
  readonly run: number;
  readonly display: DisplayState;
  /** Browsers on the display now; the control plane's own probe does not count. */
  readonly connections: number;
  /** ISO 8601 UTC; null while nobody has left yet. */
  readonly lastDisconnectedAt: string | null;
  readonly applications: readonly ApplicationStatus[];
}

/** Body of `POST /applications`. */
export interface ApplicationLaunch {
  readonly id: string;
  readonly application: string;
  /** Program and arguments: never a shell line. */
  readonly command: readonly [string, ...string[]];
}

/** Body of `PUT /applications/{id}`: somebody else starts this launch. */
export interface ApplicationAnnouncement {
  readonly id: string;
  readonly application: string;
  readonly place: ApplicationPlace;
  /** What its X clients call their machine: with `pod` and only there. */
  readonly machine?: string;
}

export interface DesktopWindow {
  /** The X server's id of the window, decimal. */
  readonly id: string;
  /** Untrusted text: bounded and without control characters, but never to be taken for markup. */
  readonly title: string;
  /** Untrusted as well. */
  readonly class: string;
  /** Id of the launch that it belongs to. */
  readonly application?: string;
  /** Takes the whole screen, or all of its height. */
  readonly maximized?: true;
  readonly active: boolean;
}

/** What `WS /events` sends. */
export type DesktopEvent =
  | { readonly type: 'windows'; readonly items: readonly DesktopWindow[] }
  | { readonly type: 'applications'; readonly items: readonly ApplicationStatus[] }
  | { readonly type: 'bell' };

/** What the agent writes to `addressFile` once it listens. */
export interface AgentAddress {
  readonly address: string;
  readonly port: number;
  readonly pid: number;
}

/** The agent's exit codes; 0 is an end that was asked for. */
export const AGENT_EXIT = { displayEnded: 70, notStarted: 71 } as const;
/** File in the agent's folder that says why it ended: `{code, detail}`. */
export const FAILURE_FILE = 'failure.json';
