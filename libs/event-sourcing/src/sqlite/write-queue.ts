/**
 * Group commit: writes that are asked for while others are on their way go into one transaction, so that sixteen writers wait for one flush of
 * the disk and not for sixteen. SQLite works on the event loop's thread, so "on their way" means: in the same turn of the loop.
 */
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { DeskhandError } from '#libs/common';
import { LeaseLost, VersionConflict } from '../event-store.js';
import { isBusy, toStoreError } from './sqlite-errors.js';

/** Writes that may wait; more than a disk can take for seconds is refused, not piled up. */
const LONGEST_QUEUE = 10_000;
/** Writes in one transaction: bounds how long the event loop stands still. */
const LARGEST_GROUP = 256;
/** How long another process may keep us from writing: far longer than any of our own writes takes, and short enough for somebody who waits. */
const BUSY_WITHIN_MS = 5_000;
/** Between two tries: short at first, as a write takes milliseconds; a process that stands still with the lock shall not cost a core. */
const LONGEST_PAUSE_MS = 50;

interface Write {
  /** Checks first and writes then: after a {@link VersionConflict} or {@link LeaseLost} it has changed nothing. */
  readonly work: () => unknown;
  readonly settle: (outcome: Outcome) => void;
}

type Outcome = { readonly value: unknown } | { readonly refusal: unknown };

export class WriteQueue {
  readonly #waiting: Write[] = [];
  #draining: Promise<void> | undefined;

  constructor(private readonly database: DatabaseSync) {}

  /**
   * Runs the work inside a transaction that it shares with others.
   *
   * @returns what the work returned, once it is durable
   * @throws VersionConflict, LeaseLost of this work; its neighbours are not touched
   * @throws DeskhandError `STORE_UNAVAILABLE`, `STORE_CORRUPT`: nothing of the transaction was written
   */
  submit<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.length >= LONGEST_QUEUE) {
        reject(new DeskhandError('STORE_UNAVAILABLE', 'Too many writes wait for the event store.', { retryAfter: 1 }));
        return;
      }
      this.#waiting.push({ work, settle: (outcome) => ('value' in outcome ? resolve(outcome.value as T) : reject(outcome.refusal)) });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextTurn();
      const giveUpAt = performance.now() + BUSY_WITHIN_MS;
      for (let tries = 1; !this.#commitNext(giveUpAt); tries++) await pause(Math.random() * Math.min(2 + tries / 2, LONGEST_PAUSE_MS));
    }
    this.#draining = undefined;
  }

  /** @returns false when another process is writing: whoever comes until the next try is in it too */
  #commitNext(giveUpAt: number): boolean {
    try {
      this.database.exec('BEGIN IMMEDIATE');
    } catch (error) {
      if (isBusy(error) && performance.now() < giveUpAt) return false;
      refuse(this.#waiting.splice(0), error);
      return true;
    }
    const group = this.#waiting.splice(0, LARGEST_GROUP);
    try {
      const outcomes = group.map(({ work }) => outcomeOf(work));
      this.database.exec('COMMIT');
      for (const [index, outcome] of outcomes.entries()) group[index]?.settle(outcome);
    } catch (error) {
      refuse(group, error);
      this.#rollBack();
    }
    return true;
  }

  #rollBack(): void {
    try {
      // After some failures SQLite has done it already.
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
    } catch {
      // Whoever writes next is told by BEGIN what is wrong with the file.
    }
  }
}

function outcomeOf(work: () => unknown): Outcome {
  try {
    return { value: work() };
  } catch (error) {
    if (error instanceof VersionConflict || error instanceof LeaseLost || isNotEmpty(error)) return { refusal: error };
    throw error;
  }
}

const isNotEmpty = (error: unknown): boolean => error instanceof DeskhandError && error.code === 'STORE_NOT_EMPTY';

function refuse(writes: readonly Write[], error: unknown): void {
  const refusal = toStoreError(error);
  for (const { settle } of writes) settle({ refusal });
}
