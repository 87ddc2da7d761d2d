/** The port through which people see what happens while they wait. Losing it never blocks anything: views tell the end of the story. */
export type ProgressPhase =
  // of a login
  | 'contacting'
  | 'verifying'
  | 'groups'
  | 'secrets'
  | 'signed-in'
  // of a desktop
  | 'requested'
  | 'scheduled'
  | 'image'
  | 'starting'
  | 'display'
  | 'ready'
  | 'failed'
  | 'stopping'
  | 'stopped';

export interface ProgressLine {
  /** Grows within a topic, compared as text; what SSE calls the event id. Made of an event's position where there is one, so that a repeated publish is the same line. */
  readonly id: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly phase: ProgressPhase;
  /** English, for the details; pages name the phase in the reader's language. */
  readonly message: string;
  /** With `failed`. */
  readonly code?: string;
}

export abstract class Progress {
  /** Adds a line; a line whose id is already there is dropped. Bounded per topic: the oldest go first. Never throws for a missing server. */
  abstract publish(topic: string, line: ProgressLine): Promise<void>;
  /** The lines of a topic after `afterId` in order; empty where none are known. */
  abstract read(topic: string, afterId?: string): Promise<readonly ProgressLine[]>;
  /** Calls back soon after something was published on the topic in this process; readers poll slowly beside it. */
  abstract onPublished(topic: string, listener: () => void): () => void;
}

/** Topic of a login attempt; the attempt is a UUID of the client's. */
export const loginTopic = (attempt: string): string => `login-${attempt}`;
/** Topic of one run of a desktop. */
export const desktopTopic = (desktop: string, run: number): string => `desktop-${desktop}-${run}`;
