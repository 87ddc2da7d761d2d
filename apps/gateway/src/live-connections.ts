/** What is open to desktops now, so that it can be closed when its token is denied or the gateway ends. */
import { DeskhandError } from '#libs/common';
import type { DenyList, Holder } from './deny-list.js';

export class LiveConnections {
  readonly #open = new Map<symbol, { readonly holder: Holder; readonly close: () => void }>();
  readonly #denyList: DenyList;
  readonly #stopListening: () => void;

  constructor(denyList: DenyList) {
    this.#denyList = denyList;
    this.#stopListening = denyList.onDeny(() => this.#closeWhere((holder) => denyList.denies(holder)));
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * @param close called once at most, when the connection has to go
   * @returns to be called when it has gone by itself
   * @throws DeskhandError `DESKTOP_TOKEN_INVALID` when it was denied since its token was looked at
   */
  add(holder: Holder, close: () => void): () => void {
    if (this.#denyList.denies(holder)) throw new DeskhandError('DESKTOP_TOKEN_INVALID');
    const id = Symbol();
    this.#open.set(id, { holder, close });
    return () => this.#open.delete(id);
  }

  closeAll(): void {
    this.#stopListening();
    this.#closeWhere(() => true);
  }

  #closeWhere(wanted: (holder: Holder) => boolean): void {
    for (const [id, { holder, close }] of this.#open) {
      if (!wanted(holder)) continue;
      this.#open.delete(id);
      close();
    }
  }
}
