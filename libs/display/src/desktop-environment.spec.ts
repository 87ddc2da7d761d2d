import { describe, expect, test } from 'vitest';
import { baseEnvironment, localeEnvironment, runMarker } from './desktop-environment.js';

const configuration = {
  ...{ desktop: 'abc', run: 3, listen: { host: '::', port: 0 }, secretFile: '/s', folder: '/run/abc', home: '/home/fry' },
  ...{ userName: 'fry', width: 1, height: 1 },
};

describe('baseEnvironment', () => {
  test('hands on what is listed and nothing else', () => {
    const source = {
      PATH: '/bin',
      LANG: 'de_DE.UTF-8',
      LC_ALL: 'C',
      TZ: 'UTC',
      SHELL: '/bin/bash',
      NODE_OPTIONS: '-x',
      HOME: '/root',
      LD_PRELOAD: 'x',
    };
    expect(baseEnvironment(source, configuration)).toEqual({
      ...{ PATH: '/bin', LANG: 'de_DE.UTF-8', LC_ALL: 'C', TZ: 'UTC', SHELL: '/bin/bash' },
      ...{ HOME: '/home/fry', USER: 'fry', LOGNAME: 'fry', DESKHAND_RUN: 'abc/3@/run/abc' },
    });
  });

  test('is complete without a source, and the time zone of the desktop wins', () => {
    const environment = baseEnvironment({ TZ: 'UTC' }, { ...configuration, timezone: 'Asia/Tokyo' });
    expect(environment).toMatchObject({ LANG: 'C.UTF-8', SHELL: '/bin/sh', PATH: expect.stringContaining('/usr/bin'), TZ: 'Asia/Tokyo' });
  });
});

test('runMarker tells runs, desktops and installations apart', () => {
  const markers = [configuration, { ...configuration, run: 4 }, { ...configuration, desktop: 'b' }, { ...configuration, folder: '/x' }].map(
    runMarker,
  );
  expect(new Set(markers).size).toBe(4);
});

describe('localeEnvironment', () => {
  test('takes a locale that is installed', () => {
    expect(localeEnvironment('fr-CA', ['C', 'fr_CA.utf8'])).toEqual({ LANGUAGE: 'fr_CA:fr', LANG: 'fr_CA.UTF-8', LC_ALL: 'fr_CA.UTF-8' });
    expect(localeEnvironment('de', ['de_DE.utf8']).LANG).toBe('de_DE.UTF-8');
  });

  test('leaves the locale alone where it is not installed', () => {
    expect(localeEnvironment('fr-FR', ['C', 'fr_FR'])).toEqual({ LANGUAGE: 'fr_FR:fr' });
  });
});
