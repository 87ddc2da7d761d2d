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
  readonly budget?: Budget;
}

/** What is open, as far as it can be closed. */
export interface Closable {
  close(): void;
}

export interface Place {
  readonly budgets: readonly Budget[];
  /** To be called when the connection has gone by itself. */
  leave(): void;
}

export class LiveConnections {
  readonly #open = new Map<symbol, { readonly holder: Holder; readonly what: Closable }>();
  readonly #users = new Map<string, User>();
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
    const { connectionsPerUser, connectionBytesPerSecond, userBytesPerSecond } = this.#limits;
    const user = this.#users.get(grant.userId) ?? { open: 0, ...(userBytesPerSecond ? { budget: new Budget(userBytesPerSecond) } : {}) };
    if (user.open >= connectionsPerUser) throw new DeskhandError('TOO_MANY_CONNECTIONS');
    this.#users.set(grant.userId, user);
    user.open += 1;
    const id = Symbol();
    this.#open.set(id, { holder: grant, what });
    const budgets = [...(connectionBytesPerSecond ? [new Budget(connectionBytesPerSecond)] : []), ...(user.budget ? [user.budget] : [])];
    let isLeft = false;
    const leave = (): void => {
      if (isLeft) return;
      isLeft = true;
      this.#open.delete(id);
      user.open -= 1;
      if (user.open === 0) this.#users.delete(grant.userId);
    };
    return { budgets, leave };
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
    for (const [id, { holder, what }] of this.#open) {
      if (!wanted(holder)) continue;
      this.#open.delete(id);
      what.close();
    }
  }
}
