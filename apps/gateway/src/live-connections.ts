/** What is open to desktops now: so that it can be closed when its token is denied or the gateway ends, and one user cannot take it all. */
import { setTimeout as pause } from 'node:timers/promises';
import { DeskhandError } from '#libs/common';
import type { DesktopGrant } from '#libs/tokens';
import { type DenyList, type Holder, isAbout } from './deny-list.js';
import { Budget } from './desktop/budget.js';

/** So many parts are closed one after the other when the gateway drains: their browsers do not all come back in one instant. */
const DRAIN_PARTS = 20;

export interface LiveLimits {
  readonly connectionsPerUser: number;
  readonly connectionBytesPerSecond?: number;
  readonly userBytesPerSecond?: number;
}

interface User {
  open: number;
  readonly budget: Budget | undefined;
  readonly onLeave: (place: Place) => void;
}

/** What is open, as far as it can be closed. */
export interface Closable {
  close(): void;
}

/** Of one connection to a desktop. */
export class Place {
  readonly budgets: readonly Budget[];
  readonly holder: Holder;
  readonly #onLeave: (place: Place) => void;
  #what: Closable;
  #isLeft = false;

  constructor(holder: Holder, what: Closable, budgets: readonly Budget[], onLeave: (place: Place) => void) {
    this.holder = holder;
    this.#what = what;
    this.budgets = budgets;
    this.#onLeave = onLeave;
  }

  /** From now on this is what is closed when it has to go. */
  isHeldBy(what: Closable): void {
    this.#what = what;
  }

  /** To be called when the connection has gone by itself. */
  leave(): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#onLeave(this);
  }

  close(): void {
    this.#what.close();
  }
}

const NO_BUDGETS: readonly Budget[] = [];

export class LiveConnections {
  readonly #open = new Set<Place>();
  readonly #users = new Map<string, User>();
  /** Of {@link #users} those that have nothing open, whoever left first before: whoever comes again finds the budget as it was left. */
  readonly #away = new Map<string, User>();
  readonly #denyList: DenyList;
  readonly #limits: LiveLimits;
  readonly #stopListening: () => void;

  constructor(denyList: DenyList, limits: LiveLimits) {
    this.#denyList = denyList;
    this.#limits = limits;
    this.#stopListening = denyList.onDeny((denied) => this.#closeWhere((holder) => isAbout(denied, holder)));
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * @param what closed once at most, when it has to go
   * @throws DeskhandError `DESKTOP_TOKEN_INVALID` when it was denied since its token was looked at; `TOO_MANY_CONNECTIONS`
   */
  add(grant: Holder & Pick<DesktopGrant, 'userId'>, what: Closable): Place {
    if (this.#denyList.denies(grant)) throw new DeskhandError('DESKTOP_TOKEN_INVALID');
    const user = this.#users.get(grant.userId) ?? this.#newUser(grant.userId);
    if (user.open >= this.#limits.connectionsPerUser) throw new DeskhandError('TOO_MANY_CONNECTIONS');
    this.#users.set(grant.userId, user);
    if (user.open === 0) this.#away.delete(grant.userId);
    user.open += 1;
    const place = new Place(grant, what, this.#budgetsOf(user), user.onLeave);
    this.#open.add(place);
    return place;
  }

  #newUser(id: string): User {
    const { userBytesPerSecond } = this.#limits;
    const user: User = {
      open: 0,
      budget: userBytesPerSecond === undefined ? undefined : new Budget(userBytesPerSecond, userBytesPerSecond),
      onLeave: (place) => {
        this.#open.delete(place);
        user.open -= 1;
        if (user.open > 0) return;
        if (user.budget) this.#keep(id, user);
        else this.#users.delete(id);
      },
    };
    return user;
  }

  /** Until its budget would be full again: a few seconds at most, so whoever left before has mostly been forgotten. */
  #keep(id: string, user: User): void {
    this.#away.set(id, user);
    const now = performance.now();
    for (const [each, { budget }] of this.#away) {
      if (!budget?.isFull(now)) return;
      this.#away.delete(each);
      this.#users.delete(each);
    }
  }

  #budgetsOf({ budget }: User): readonly Budget[] {
    const { connectionBytesPerSecond } = this.#limits;
    if (connectionBytesPerSecond === undefined && budget === undefined) return NO_BUDGETS;
    // Nothing is saved yet, or coming again and again would be worth something.
    return [...(connectionBytesPerSecond === undefined ? [] : [new Budget(connectionBytesPerSecond, 0)]), ...(budget ? [budget] : [])];
  }

  /** Closes everything, a few at a time. @param withinMs how long that takes */
  async drain(withinMs: number): Promise<void> {
    this.#stopListening();
    const each = Math.max(1, Math.ceil(this.#open.size / DRAIN_PARTS));
    for (let part = 0; this.#open.size > 0; part += 1) {
      if (part > 0) await pause(withinMs / DRAIN_PARTS);
      let left = part < DRAIN_PARTS ? each : this.#open.size;
      this.#closeWhere(() => left-- > 0);
    }
  }

  #closeWhere(wanted: (holder: Holder) => boolean): void {
    for (const place of this.#open) {
      if (!wanted(place.holder)) continue;
      this.#open.delete(place);
      place.close();
    }
  }
}
