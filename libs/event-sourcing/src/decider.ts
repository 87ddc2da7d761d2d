/** A decider is the whole of a domain: what state is, how an event changes it, and which events a command leads to. All pure. */
export interface DomainEvent {
  /** Past tense, unique in the installation: `DesktopBecameReady`. */
  readonly type: string;
  /** JSON only. Never a secret. */
  readonly data: object;
}

/**
 * Time and ids reach a decider as data inside commands, so deciding twice gives the same answer twice.
 *
 * @typeParam Command intents
 * @typeParam Event facts
 * @typeParam State a union on `status`
 */
export interface Decider<Command, Event extends DomainEvent, State> {
  readonly initialState: State;
  evolve(state: State, event: Event): State;
  /** The events that the command leads to; none when it asks for what already is; throws a `DeskhandError` when it may not be. */
  decide(command: Command, state: State): readonly Event[];
}
