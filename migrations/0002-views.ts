/** Where lists of views find their page without reading the rest. */
import type { Migration } from '#libs/event-sourcing';

export const views: Migration = {
  number: 2,
  name: 'views',
  async up(database) {
    await database.collection('logins_1').createIndex({ user: 1, loginPosition: -1 }, { name: 'user_login' });
    await database.collection('sessions_1').createIndex({ user: 1, position: -1 }, { name: 'user_position' });
    await database.collection('desktops_1').createIndex({ owner: 1 }, { name: 'owner' });
    await database.collection('desktops_1').createIndex({ status: 1, position: -1 }, { name: 'status_position' });
  },
};
