/** What a login made for desktops goes when no session can need it any more. */
import type { Migration } from '#libs/event-sourcing';

export const loginFiles: Migration = {
  number: 3,
  name: 'login-files',
  async up(database) {
    await database.collection('login_files').createIndex({ until: 1 }, { name: 'until', expireAfterSeconds: 0 });
  },
};
