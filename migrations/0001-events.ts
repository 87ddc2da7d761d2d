/** The version check of appends: of two at the same version of a stream the index lets one in. */
import type { Migration } from '#libs/event-sourcing';

export const events: Migration = {
  number: 1,
  name: 'events',
  async up(database) {
    await database.collection('events').createIndex({ stream: 1, versions: 1 }, { name: 'stream_versions', unique: true });
  },
};
