/** A lease that renews itself, and that knows at any moment whether its holder may still act on it. */
import { type Lease, LeaseLost } from './event-store.js';

export class HeldLease {
  #until: number;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param ttlMs for how long each renewal holds
   * @param askedAt `performance.now()` from before the lease was asked for: time on the way counts against the holder, never for it
   */
  constructor(
    private readonly lease: Lease,
    private readonly ttlMs: number,
    askedAt: number,
  ) {
    this.#until = askedAt + ttlMs;
    this.#timer = setInterval(() => void this.#renew(), ttlMs / 3);
  }

  get fence(): number {
    return this.lease.fence;
  }

  /** Goes by this process's own clock, so that a process that was stalled knows it before it has asked anybody. */
  get valid(): boolean {
    return performance.now() < this.#until;
  }

  /** To be called when the store refused the fence. */
  lose(): void {
    this.#until = 0;
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#until = 0;
    await this.lease.release();
  }

  async #renew(): Promise<void> {
    const askedAt = performance.now();
    try {
      await this.lease.renew(this.ttlMs);
      if (this.#until > 0) this.#until = askedAt + this.ttlMs;
    } catch (error) {
      // Any other failure may pass; until the time is over the lease is still ours.
      if (error instanceof LeaseLost) this.lose();
    }
  }
}
