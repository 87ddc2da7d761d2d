/** `npm run projections`: where subscriptions stand, which event one cannot get past, and what to do about it. */
import { type EventStore, openStore } from '#libs/event-sourcing';
import { type Command, explain, say } from './command.js';

const USAGE = 'npm run projections -- list | retry NAME POSITION | skip NAME POSITION';

export const projections: Command = async (configuration, [action = '', name, position, ...rest]) => {
  const isInstruction = action === 'retry' || action === 'skip';
  if (rest.length > 0 || !(isInstruction ? name && position && /^\d{1,15}$/.test(position) : action === 'list' && !name))
    return explain(USAGE);
  const store = await openStore(configuration);
  try {
    if (isInstruction) return await instruct(store, name ?? '', Number(position), action);
    await list(store);
    return 0;
  } finally {
    await store.close();
  }
};

async function list(store: EventStore): Promise<void> {
  const head = await store.head();
  say(`The log ends at ${head}.`);
  for (const { name, position } of await store.supervision.positions()) say(`${name}: ${position} (${head - position} to go)`);
  for (const { subscription, position, stream, type, error, since, instruction } of await store.supervision.troubles()) {
    const what = instruction?.kind === 'skip' ? 'leaves out' : `stands still since ${since} at`;
    say(`${subscription}: ${what} event ${position}, ${type} of ${stream}: ${error}`);
  }
}

async function instruct(store: EventStore, name: string, position: number, action: 'retry' | 'skip'): Promise<number> {
  if (await store.supervision.instruct(name, position, action)) {
    say(action === 'skip' ? `${name} will leave out event ${position}.` : `${name} will try event ${position} again now.`);
    return 0;
  }
  process.stderr.write(`${name} does not stand still at event ${position}; see npm run projections -- list.\n`);
  return 1;
}
