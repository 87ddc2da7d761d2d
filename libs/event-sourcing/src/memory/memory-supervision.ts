/** What operators see and say of subscriptions, in this process. */
import type { Supervision, Trouble } from '../supervision.js';

export function memorySupervision(checkpoints: ReadonlyMap<string, { readonly position: number }>): Supervision {
  const troubles = new Map<string, Trouble>();
  const keyOf = (subscription: string, position: number) => `${position} ${subscription}`;
  return {
    async report(trouble) {
      const key = keyOf(trouble.subscription, trouble.position);
      const { since, instruction } = { since: trouble.since, instruction: undefined, ...troubles.get(key) };
      troubles.set(key, { ...trouble, since, ...(instruction ? { instruction } : {}) });
    },
    async clear(subscription, position) {
      const key = keyOf(subscription, position);
      if (troubles.get(key)?.instruction?.kind !== 'skip') troubles.delete(key);
    },
    async troubles() {
      return [...troubles.values()].sort((a, b) => a.subscription.localeCompare(b.subscription) || a.position - b.position);
    },
    async instruct(subscription, position, kind) {
      const key = keyOf(subscription, position);
      const trouble = troubles.get(key);
      if (!trouble) return false;
      const last = trouble.instruction?.kind === 'retry' ? trouble.instruction.number : 0;
      troubles.set(key, { ...trouble, instruction: kind === 'skip' ? { kind } : { kind, number: last + 1 } });
      return true;
    },
    async instruction(subscription, position) {
      return troubles.get(keyOf(subscription, position))?.instruction;
    },
    async positions() {
      return [...checkpoints].map(([name, { position }]) => ({ name, position })).sort((a, b) => a.name.localeCompare(b.name));
    },
  };
}
