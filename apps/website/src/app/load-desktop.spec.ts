import { describe, expect, it } from 'vitest';
import { patiently } from './load-desktop.js';

/** Answers each call with the next of `steps`; an error is thrown. */
const inTurn = <T>(...steps: (T | Error)[]) => {
  return async (): Promise<T> => {
    const step = steps.shift();
    if (step === undefined || step instanceof Error) throw step ?? new Error('asked too often');
    return step;
  };
};
const away = new Error('away');

describe('loading a part of the page', () => {
  it('asks once where all is well', async () => {
    expect(await patiently(inTurn('bundle'), inTurn<boolean>(), 0)).toBe('bundle');
  });

  it('goes on until the server is back', async () => {
    expect(await patiently(inTurn<string>(away, away, away, 'bundle'), inTurn<boolean>(false, false, true), 0)).toBe('bundle');
  });

  it('gives up when the server is there and has no such part', async () => {
    await expect(patiently(inTurn<string>(away, away, away), inTurn<boolean>(false, true), 0)).rejects.toBe(away);
  });
});
