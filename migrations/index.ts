/** Every migration of the MongoDB collections, in order. A new one has the next number, and SCHEMA_VERSION of libs/event-sourcing follows. */
import type { Migration } from '#libs/event-sourcing';
import { events } from './0001-events.js';
import { views } from './0002-views.js';
import { loginFiles } from './0003-login-files.js';

export const migrations: readonly Migration[] = [events, views, loginFiles];
