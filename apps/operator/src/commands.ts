/** The operators' commands by name. */
import { bans } from './bans.command.js';
import type { Command } from './command.js';
import { events } from './events.command.js';
import { identity } from './identity.command.js';
import { migrate } from './migrate.command.js';
import { projections } from './projections.command.js';

export const commands: Readonly<Record<string, Command>> = { migrate, events, projections, identity, bans };
