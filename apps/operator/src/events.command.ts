/** `npm run events -- export FILE` and `npm run events -- import FILE`: backups of the log, and the way from one store to another. */
import { open } from 'node:fs/promises';
import { exportEvents, importEvents, openStore, parseEvents } from '#libs/event-sourcing';
import { type Command, explain, say } from './command.js';

export const events: Command = async (configuration, [action, file, ...rest]) => {
  if ((action !== 'export' && action !== 'import') || !file || rest.length > 0) return explain('npm run events -- export|import FILE');
  const store = await openStore(configuration);
  try {
    if (action === 'export') say(`Exported ${await write(file, exportEvents(store))} events.`);
    else {
      // Read through first: of a file that is not whole, nothing is stored.
      for await (const _ of parseEvents(linesOf(file)));
      say(`Imported ${await importEvents(store, parseEvents(linesOf(file)))} events.`);
      say(
        'Where the servers have run before: end every desktop that still runs, and start the gateways again, before you start the servers.',
      );
    }
    return 0;
  } finally {
    await store.close();
  }
};

/** To a file that is not there yet, for its owner only: events tell who did what. @returns the number of events */
async function write(file: string, lines: AsyncIterable<string>): Promise<number> {
  const handle = await open(file, 'wx', 0o600);
  let count = -2;
  try {
    for await (const line of lines) {
      await handle.appendFile(`${line}\n`);
      count++;
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return count;
}

/** Opened only when the first line is asked for: readline does not wait with what it has read. */
async function* linesOf(file: string): AsyncGenerator<string> {
  const handle = await open(file);
  yield* handle.readLines();
}
