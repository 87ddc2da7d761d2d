/** `npm run migrate`: brings the collections of MongoDB to what this version needs. */

import { migrateStore } from '#libs/event-sourcing';
import { migrations } from '#migrations';
import { type Command, say } from './command.js';

export const migrate: Command = async (configuration) => {
  const done = await migrateStore(configuration, migrations, ({ number, name }) => say(`${number} ${name} ...`));
  say(done === 0 ? 'Nothing to do.' : `Done: ${done}.`);
  return 0;
};
