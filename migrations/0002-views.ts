/** Where lists of views find their page without reading the rest. */
import type { Migration } from '#libs/event-sourcing';

export const views: Migration = {
  number: 2,
  name: 'views',
  async up(_, live) {
    const [logins, sessions, desktops] = [await live('logins'), await live('sessions'), await live('desktops')];
    await logins.createIndex({ user: 1, loginPosition: -1 }, { name: 'user_login' });
    await sessions.createIndex({ user: 1, position: -1 }, { name: 'user_position' });
    await desktops.createIndex({ owner: 1 }, { name: 'owner' });
    await desktops.createIndex({ status: 1, position: -1 }, { name: 'status_position' });
  },
};
