/**
 * Finds agents that are gone without a word. TCP's own probes find them on a quiet connection but are silent as long as something that was sent waits to be
 * acknowledged; agents send pings, so one that says nothing at all after something was sent to it is not there.
 */

/** Agents ping every 12 seconds: two of them may be missed. */
const SILENCE_MS = 26_000;
/** How often all of them are looked at. */
const LOOK_MS = 2_000;

const NOTHING_SENT = 0;
const JUST_SENT = -1;

export interface WatchedAgent {
  /** Whether we do not read just now, so that nothing could be heard. */
  readonly isDeaf: boolean;
  /** Called when it is found silent. */
  close(): void;
}

/** What is known of one agent. Told of every read and write, so it does no more than remember. */
export class Silence {
  readonly agent: WatchedAgent;
  /** Milliseconds of performance.now() when something was seen to be unanswered. */
  since: number = NOTHING_SENT;

  constructor(agent: WatchedAgent) {
    this.agent = agent;
  }

  heard(): void {
    this.since = NOTHING_SENT;
  }

  sent(): void {
    if (this.since === NOTHING_SENT) this.since = JUST_SENT;
  }
}

export class SilentAgents {
  readonly #watched = new Set<Silence>();
  #timer: NodeJS.Timeout | undefined;

  /** Until it is forgotten. */
  watch(agent: WatchedAgent): Silence {
    const silence = new Silence(agent);
    this.#watched.add(silence);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return silence;
  }

  /** To be called when its socket has closed. */
  forget(silence: Silence): void {
    this.#watched.delete(silence);
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    for (const silence of this.#watched) {
      if (silence.since === NOTHING_SENT) continue;
      if (silence.since === JUST_SENT || silence.agent.isDeaf) silence.since = now;
      else if (now - silence.since >= SILENCE_MS) silence.agent.close();
    }
  }
}
