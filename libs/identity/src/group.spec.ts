/** Which groups are the same. */
import { expect, it } from 'vitest';
import { isInGroup } from './group.js';

const groups = ['ship_crew', 'Équipage', 'cn=admin_staff,ou=people,dc=planetexpress,dc=com', 'cn=a\\, b,dc=c'];

it.each([
  'ship_crew',
  'SHIP_CREW',
  'e\u0301quipage',
  'CN=admin_staff,OU=people,DC=planetexpress,DC=com',
  'cn = admin_staff, ou=people, dc=planetexpress , dc=com',
  'cn=a\\, b,dc=c',
  'cn=A\\, B, dc=c',
])('is in %s', (group) => expect(isInGroup(groups, group)).toBe(true));
it.each([
  'ship',
  'ship_crew2',
  'crew',
  '',
  ' ship_crew',
  'admin_staff',
  'ｓhip_crew',
  'ship_\u0441rew',
  'cn=admin_staff',
  'ſhip_crew',
  'shıp_crew',
  'cn=admin_staff,ou=others,dc=planetexpress,dc=com',
  'cn=a\\,b,dc=c',
])('is not in %j', (group) => expect(isInGroup(groups, group)).toBe(false));
