/** The operators' commands by name. */

import type { Configuration } from '#libs/common';
import { migrateStore } from '#libs/event-sourcing';
import { migrations } from '#migrations';
import { explain, USAGE } from './explain.js';

/** @returns the exit code */
export type Command = (configuration: Configuration, args: readonly string[]) => Promise<number>;

export const commands: Readonly<Record<string, Command>> = {
  async migrate(configuration) {
    const say = (line: string) => process.stdout.write(`${line}\n`);
    const done = await migrateStore(configuration, migrations, ({ number, name }) => say(`${number} ${name} ...`));
    say(done === 0 ? 'Nothing to do.' : `Done: ${done}.`);
    return 0;
  },

  async identity(configuration, [what, ...args]) {
    if (what !== 'explain') {
      process.stderr.write(USAGE);
      return 2;
    }
    process.stdout.write(await explain(configuration, args));
    return 0;
  },
};
