/** `npm run identity -- explain ...`: what the rules make of a user, and why. */
import type { Command } from './command.js';
import { explain, USAGE } from './explain.js';

export const identity: Command = async (configuration, [what, ...args]) => {
  if (what !== 'explain') {
    process.stderr.write(USAGE);
    return 2;
  }
  process.stdout.write(await explain(configuration, args));
  return 0;
};
