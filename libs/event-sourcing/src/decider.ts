/** A decider is the whole of a domain: what state is, how an event changes it, and which events a command leads to. All pure. */
export interface DomainEvent {
  /** Past tense, unique in the installation: `DesktopBecameReady`. */
  readonly type: string;
  /** JSON only. Never a secret. */
  readonly data: object;
}

/** For event types whose data changed shape: from the data of any older shape to the data of today. Applied to all, so today's passes unchanged. */
// biome-ignore lint/suspicious/noExplicitAny: what was stored in older shapes has no type any more
export type Upcasters = Readonly<Record<string, (data: any) => object>>;

/**
 * Time and ids reach a decider as data inside commands, so deciding twice gives the same answer twice.
 *
 * @typeParam Command intents
 * @typeParam Event facts
 * @typeParam State a union on `status`
 */
export interface Decider<Command, Event extends DomainEvent, State> {
  readonly initialState: State;
  /** Applied before `evolve` to every stored event, so that `evolve` knows today's shapes only. */
  readonly upcasters?: Upcasters;
  evolve(state: State, event: Event): State;
  /** The events that the command leads to; none when it asks for what already is; throws a `DeskhandError` when it may not be. */
  decide(command: Command, state: State): readonly Event[];
}

/** A stored event in today's shape. For handlers of subscriptions; folding does it by itself. */
export function upcast<Event extends DomainEvent>(upcasters: Upcasters, event: Event): Event {
  const change = upcasters[event.type];
  return change ? { ...event, data: change(event.data) } : event;
}
