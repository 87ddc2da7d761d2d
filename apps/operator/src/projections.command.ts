/** `npm run projections`: where subscriptions stand, which event one cannot get past, and what to do about it. */
import type { Configuration } from '#libs/common';
import { desktopViewDefinitions } from '#libs/desktops';
import { type EventStore, openStore, type RebuildProgress, usePersistentViews } from '#libs/event-sourcing';
import { identityViewDefinitions } from '#libs/identity';
import { type Command, explain, say } from './command.js';

const USAGE = 'npm run projections -- list | rebuild VIEW | retry NAME POSITION | skip NAME POSITION';

export const projections: Command = async (configuration, [action = '', name, position, ...rest]) => {
  if (action === 'rebuild' && name && position === undefined) return rebuild(configuration, name);
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

async function rebuild(configuration: Configuration, name: string): Promise<number> {
  const definitions = [...(await identityViewDefinitions()), ...(await desktopViewDefinitions())];
  const definition = definitions.find((one) => one.name === name);
  if (!definition) return explain(`${USAGE}\nviews: ${definitions.map((one) => one.name).join(', ')}`);
  await usePersistentViews(configuration, (views) => views.rebuild(definition, reporter(name)));
  say(`${name} is built and in use.`);
  return 0;
}

/** Says how far it is whenever that has changed. */
function reporter(name: string): (progress: RebuildProgress) => void {
  let last = '';
  return ({ position, head, error }) => {
    const percent = head === 0 ? 100 : Math.floor((100 * Math.min(position, head)) / head);
    const line = `${name}: ${percent} % (${position} of ${head})${error === undefined ? '' : `, stands still: ${error}`}`;
    if (line !== last) say(line);
    last = line;
  };
}

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
