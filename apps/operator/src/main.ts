/** What operators run beside the servers: `npm run migrate`, `npm run identity`, `npm run bans`. The configuration is the servers' own. */
import { loadConfiguration, toDeskhandError } from '#libs/common';
import { commands } from './commands.js';

const [name = '', ...args] = process.argv.slice(2);
try {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command) process.exitCode = await command(loadConfiguration(), args);
  else {
    process.stderr.write(`Known: ${Object.keys(commands).join(', ')}.\n`);
    process.exitCode = 2;
  }
} catch (error) {
  const { detail, remedy } = toDeskhandError(error);
  process.stderr.write(`${detail}\n${remedy}\n`);
  process.exitCode = 1;
}
