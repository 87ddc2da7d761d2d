/** What operators see of subscriptions and tell them: kept in the store, so that it reaches them in whatever process they run. */

/** An event that a subscription cannot get past. Others go on meanwhile. */
export interface Trouble {
  readonly subscription: string;
  readonly position: number;
  readonly stream: string;
  readonly type: string;
  /** What its handler last failed with. */
  readonly error: string;
  /** ISO 8601 UTC. */
  readonly since: string;
  /** What an operator said about it. A skipped event stays here, for a view in memory meets it again at every start. */
  readonly instruction?: Instruction;
}

/** `skip`: leave the event out for ever. `retry`: try it now, whatever pause is under way; each one has a number of its own. */
export type Instruction = { readonly kind: 'skip' } | { readonly kind: 'retry'; readonly number: number };

export interface Supervision {
  /** Names the event, or says what it fails with now; keeps `since` and what was instructed. */
  report(trouble: Omit<Trouble, 'instruction'>): Promise<void>;
  /** The event was handled after all. What an operator had left out stays: others meet it again. */
  clear(subscription: string, position: number): Promise<void>;
  /** All of them, by subscription and position. */
  troubles(): Promise<readonly Trouble[]>;
  /** @returns false when there is no such trouble */
  instruct(subscription: string, position: number, kind: Instruction['kind']): Promise<boolean>;
  instruction(subscription: string, position: number): Promise<Instruction | undefined>;
  /** Stored checkpoints of `react`, by name. */
  positions(): Promise<readonly { readonly name: string; readonly position: number }[]>;
}
