/** What parts tell of their work, for whoever counts it in this process: a channel of node:diagnostics_channel, which costs nothing while nobody listens. */
import { channel } from 'node:diagnostics_channel';
import { DeskhandError } from '#libs/common';

export interface Work {
  readonly kind: 'command' | 'reconciliation';
  /** Which one, of few. */
  readonly name: string;
  /** `done`, or the code of the error that it ended with. */
  readonly outcome: string;
  readonly seconds: number;
}

const works = channel('deskhand:work');

/** Does the work and tells how it went. */
export async function measured<T>(kind: Work['kind'], name: string, work: () => Promise<T>): Promise<T> {
  if (!works.hasSubscribers) return work();
  const began = performance.now();
  const tell = (outcome: string) => works.publish({ kind, name, outcome, seconds: (performance.now() - began) / 1000 } satisfies Work);
  try {
    const result = await work();
    tell('done');
    return result;
  } catch (error) {
    tell(error instanceof DeskhandError ? error.code : 'INTERNAL_ERROR');
    throw error;
  }
}

/** @returns what ends the calls */
export function onWork(listener: (work: Work) => void): () => void {
  const receive = (work: unknown) => listener(work as Work);
  works.subscribe(receive);
  return () => void works.unsubscribe(receive);
}
