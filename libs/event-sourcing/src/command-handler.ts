/** The one way in which commands change anything: read, fold, decide, append at the version that was read. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeskhandError, faultPoint } from '#libs/common';
import { measured } from '#libs/metrics';
import { type Decider, type DomainEvent, upcast } from './decider.js';
import { type EventMetadata, type EventStore, VersionConflict } from './event-store.js';
import type { RememberedStates, Versioned } from './remembered-states.js';

/** What events, as they were stored, add up to. @param from the state before them */
export function fold<Event extends DomainEvent, State>(
  decider: Decider<never, Event, State>,
  events: readonly DomainEvent[],
  from: State = decider.initialState,
): State {
  const { upcasters = {} } = decider;
  return events.reduce((state, event) => decider.evolve(state, upcast(upcasters, event) as Event), from);
}

/** The state of a stream and the version that it has at; version 0 and the initial state where there is no such stream. */
export async function loadState<Event extends DomainEvent, State extends object>(
  store: EventStore,
  decider: Decider<never, Event, State>,
  stream: string,
  remembered?: RememberedStates<State>,
): Promise<Versioned<State>> {
  const epoch = remembered?.epoch ?? 0;
  const known = remembered?.of(stream) ?? nothing(decider);
  const events = await store.read(stream, known.version);
  const loaded = { state: fold(decider, events, known.state), version: events.at(-1)?.version ?? known.version };
  remembered?.remember(stream, loaded, epoch);
  return loaded;
}

/** Of a stream that nobody has written to. */
const nothing = <State>({ initialState: state }: { readonly initialState: State }): Versioned<State> => ({ state, version: 0 });

export interface HandlingOptions<State extends object> {
  /** How many lost races are run again; 20 by default. */
  readonly retries?: number;
  /** For a stream of an id that was just made: it is taken to be empty, and the store says whether it was there after all. */
  readonly isNew?: boolean;
  /** For streams that get many commands: each is taken to be as it was remembered, and the store says whether it has grown. */
  readonly remembered?: RememberedStates<State>;
}

/**
 * Decides the command on the stream as it is and stores what comes out; decides again when somebody else was faster.
 *
 * @returns the state after the command, the stream's version, and the events that the command led to (none: it was so already)
 * @throws DeskhandError whatever the decider refuses with; `CONFLICT` when every race was lost
 */
export function handleCommand<Command, Event extends DomainEvent, State extends object>(
  store: EventStore,
  decider: Decider<Command, Event, State>,
  stream: string,
  command: Command,
  metadata: EventMetadata = {},
  options: HandlingOptions<State> = {},
): Promise<Handled<Event, State>> {
  const { name } = Object(command).constructor as { readonly name: string };
  return measured('command', name, () => decideAndAppend(store, decider, stream, command, metadata, options));
}

export interface Handled<Event, State> {
  readonly state: State;
  readonly version: number;
  readonly events: readonly Event[];
}

/** What a command leads to by what its stream was last known to be: the store says whether it still is. A refusal, or nothing to do, only the stream can tell. */
function decideByGuess<Command, Event extends DomainEvent, State extends object>(
  decider: Decider<Command, Event, State>,
  command: Command,
  guess: Versioned<State>,
): Handled<Event, State> | undefined {
  try {
    const events = decider.decide(command, guess.state);
    return events.length > 0 ? { ...guess, events } : undefined;
  } catch {
    return undefined;
  }
}

async function decideAndAppend<Command, Event extends DomainEvent, State extends object>(
  store: EventStore,
  decider: Decider<Command, Event, State>,
  stream: string,
  command: Command,
  metadata: EventMetadata,
  { retries = 20, isNew = false, remembered }: HandlingOptions<State>,
): Promise<Handled<Event, State>> {
  let guess = isNew ? nothing(decider) : remembered?.of(stream);
  for (let lost = 0; ; lost++) {
    const epoch = remembered?.epoch ?? 0;
    const guessed = guess && decideByGuess(decider, command, guess);
    const { state, version } = guessed ?? (await loadState(store, decider, stream, remembered));
    const events = guessed?.events ?? decider.decide(command, state);
    if (events.length === 0) return { state, version, events };
    guess = undefined;
    try {
      const appended = await store.append(stream, version, events, metadata);
      for (const { type } of events) faultPoint('after', type);
      const next = { state: events.reduce((before, event) => decider.evolve(before, event), state), version: appended.version };
      remembered?.remember(stream, next, epoch);
      return { ...next, events };
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
      if (lost >= retries) throw new DeskhandError('CONFLICT', undefined, { retryAfter: 1 }, { cause: error });
      // Random, so that those who met once do not meet again; longer each time, as more of them seem to be at it.
      await pause(Math.random() * Math.min(2 ** lost, 50));
    }
  }
}
