/** Which rule applies to whom, and what it says about it. */
import { describe, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { type Facts, Rules } from './rules.js';

const FRY: Facts = {
  provider: 'planet',
  kind: 'ldap',
  groups: ['ship_crew', 'cn=ship_crew,ou=people,dc=planetexpress,dc=com'],
  attributes: { title: ['Delivery boy', 'Intern'], employeeType: [] },
  address: '10.1.2.3',
  headers: { 'x-tier': 'gold' },
  // A Tuesday.
  at: Date.parse('2026-11-24T09:30:00Z'),
};

const rulesOf = (...rules: object[]) => {
  const named = rules.map((rule, index) => ({ name: `rule ${index}`, ...rule }));
  return new Rules(configurationSchema.parse({ identity: { rules: named } }).identity.rules);
};
const holds = (condition: object, facts: Partial<Facts> = {}): boolean => {
  const [outcome] = rulesOf({ conditions: [condition] }).explain({ ...FRY, ...facts });
  const [opposite] = rulesOf({ conditions: [{ ...condition, expected: false }] }).explain({ ...FRY, ...facts });
  expect(opposite?.applies).toBe(!outcome?.applies);
  return outcome?.applies ?? false;
};

describe('a condition on', () => {
  it('everybody holds', () => expect(holds({ always: true })).toBe(true));

  it.each([
    [['planet'], true],
    [['other', 'planet'], true],
    [['plane'], false],
    [['planet2'], false],
  ])('the provider %j: %s', (provider, expected) => expect(holds({ provider })).toBe(expected));

  it.each([
    [['ship_crew'], true],
    [['SHIP_CREW'], true],
    [['cn=ship_crew,ou=people,dc=planetexpress,dc=com'], true],
    [['admin_staff', 'ship_crew'], true],
    [['ship'], false],
    [['ship_crew2'], false],
    [['cn=ship_crew'], false],
    [['cn=ship_crew,ou=people,dc=planetexpress,dc=com,dc=evil'], false],
  ])('the group %j: %s', (group, expected) => expect(holds({ group })).toBe(expected));

  it.each([
    [{ name: 'title', equals: 'Intern' }, true],
    [{ name: 'TITLE', equals: 'Intern' }, true],
    [{ name: 'title', equals: 'intern' }, false],
    [{ name: 'title', startsWith: 'Deli' }, true],
    [{ name: 'title', startsWith: 'Boy' }, false],
    [{ name: 'title', startsWith: 'Deli', equals: 'Intern' }, false],
    [{ name: 'title' }, true],
    [{ name: 'employeeType' }, false],
    [{ name: 'constructor' }, false],
  ])('the attribute %j: %s', (attribute, expected) => expect(holds({ attribute })).toBe(expected));

  it('a claim holds for providers of claims only, and an attribute for directories only', () => {
    const oauth = { kind: 'oauth2', attributes: { hd: ['example.com'] } } as const;
    expect(holds({ claim: { name: 'hd', equals: 'example.com' } }, oauth)).toBe(true);
    expect(holds({ claim: { name: 'HD' } }, oauth)).toBe(false);
    expect(holds({ claim: { name: 'toString' } }, oauth)).toBe(false);
    expect(holds({ attribute: { name: 'hd' } }, oauth)).toBe(false);
    expect(holds({ claim: { name: 'title' } })).toBe(false);
  });

  it.each([
    [['10.0.0.0/8'], '10.1.2.3', true],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
    [['11.0.0.0/8', '10.1.2.3'], '10.1.2.3', true],
    [['10.0.0.0/8'], '110.1.2.3', false],
    [['10.0.0.0/8'], '2001:db8::1', false],
    [['2001:db8::/32'], '2001:db8::1', true],
    [['0.0.0.0/0'], 'nonsense', false],
  ])('the network %j with %s: %s', (network, address, expected) => expect(holds({ network }, { address })).toBe(expected));

  it.each([
    [{ name: 'X-Tier', equals: 'gold' }, true],
    [{ name: 'x-tier' }, true],
    [{ name: 'x-tier', equals: 'go' }, false],
    [{ name: 'x-other' }, false],
  ])('the header %j: %s', (header, expected) => expect(holds({ header })).toBe(expected));

  it.each([
    ['Tuesday in hours', { days: ['tuesday'], from: '09:00', until: '10:00' }, true],
    ['Tuesday at its very beginning', { days: ['tuesday'], from: '09:30', until: '10:00' }, true],
    ['Tuesday at its very end', { days: ['tuesday'], from: '09:00', until: '09:30' }, false],
    ['another day', { days: ['monday'], from: '09:00', until: '10:00' }, false],
    ['the whole day', { days: ['tuesday'] }, true],
    ['every day', {}, true],
    ['a place where it is later', { from: '10:00', until: '11:00', zone: 'Europe/Paris' }, true],
    ['a place where it is Monday still', { days: ['monday'], zone: 'Pacific/Midway' }, true],
    ['the night that began on Monday', { days: ['monday'], from: '22:00', until: '09:31' }, true],
    ['the night that will begin on Tuesday', { days: ['tuesday'], from: '22:00', until: '09:31' }, false],
  ])('the time: %s', (_, time, expected) => expect(holds({ time })).toBe(expected));

  it('the time follows the clocks when they change', () => {
    const time = { from: '08:00', until: '09:00', zone: 'Europe/Paris' };
    expect(holds({ time }, { at: Date.parse('2026-07-01T06:30:00Z') })).toBe(true);
    expect(holds({ time }, { at: Date.parse('2026-12-01T06:30:00Z') })).toBe(false);
    expect(holds({ time }, { at: Date.parse('2026-12-01T07:30:00Z') })).toBe(true);
  });
});

describe('rules', () => {
  const principal = { subject: '1', name: 'Fry', groups: FRY.groups, attributes: FRY.attributes, roles: ['crew'], labels: ['own', 'ship'] };

  it('apply where all conditions are met, and add to what is there', () => {
    const rules = rulesOf(
      { conditions: [{ group: ['ship_crew'] }, { network: ['10.0.0.0/8'] }], labels: ['ship', 'internal'] },
      { conditions: [{ group: ['ship_crew'] }, { network: ['11.0.0.0/8'] }], labels: ['never'], roles: ['admin'] },
      { conditions: [{ group: ['admin_staff'], expected: false }], roles: ['guest'] },
      { conditions: [{ group: ['admin_staff'] }], expected: false, labels: ['no staff'] },
    );
    const { labels, roles } = rules.applyTo(principal, FRY);
    expect(labels).toStrictEqual(['own', 'ship', 'internal', 'no staff']);
    expect(roles).toStrictEqual(['crew', 'guest']);
  });

  it('say why', () => {
    const conditions = [
      { group: ['admin_staff'], expected: false },
      { network: ['10.0.0.0/8', '::1'] },
      { attribute: { name: 'title', startsWith: 'X' } },
    ];
    expect(rulesOf({ name: 'crew at home', conditions, labels: ['home'] }).explain(FRY)).toStrictEqual([
      {
        rule: 'crew at home',
        applies: false,
        conditions: [
          { asked: 'not: in the group "admin_staff"', found: 'ship_crew; cn=ship_crew,ou=people,dc=planetexpress,dc=com', met: true },
          { asked: 'address in "10.0.0.0/8" or "::1"', found: '10.1.2.3', met: true },
          { asked: 'attribute title begins with "X"', found: 'Delivery boy; Intern', met: false },
        ],
        labels: [],
        roles: [],
      },
    ]);
  });

  it.each([
    ['nothing to look at', { conditions: [{}] }],
    ['two things at once', { conditions: [{ always: true, group: ['a'] }] }],
    ['no conditions', { conditions: [] }],
    ['an unknown condition', { conditions: [{ geolocation: {} }] }],
    ['a network that is none', { conditions: [{ network: ['10.0.0.0/33'] }] }],
    ['a time that is none', { conditions: [{ time: { from: '24:00' } }] }],
    ['a place that is none', { conditions: [{ time: { zone: 'Mars/Olympus' } }] }],
    ['a header that every client may set', { conditions: [{ header: { name: 'X-Forwarded-For' } }] }],
    ['a header with secrets', { conditions: [{ header: { name: 'Cookie' } }] }],
    ['an expectation that is none', { conditions: [{ always: true, expected: 'yes' }] }],
  ])('with %s are refused', (_, rule) => expect(() => rulesOf(rule)).toThrow());

  it('of one name twice are refused', () =>
    expect(() => rulesOf({ name: 'a', conditions: [{ always: true }] }, { name: 'a', conditions: [{ always: true }] })).toThrow());
});
