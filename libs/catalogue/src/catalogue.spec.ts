/** The catalogue on real folders: what is shown, to whom, and that it follows the folders. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Configuration } from '#libs/common';
import { Catalogue, type CatalogueFilter, type Starter } from './catalogue.js';
import { DesktopEntrySource } from './desktop-entry.source.js';

const PNG = Buffer.from('89504e470d0a1a0a0000', 'hex');
const everybody = { labels: [] };
let root: string;
let now: number;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'deskhand-catalogue-'));
  now = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, content: string | Buffer): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}
const entry = (path: string, ...lines: string[]) =>
  put(`share/applications/${path}.desktop`, ['[Desktop Entry]', 'Type=Application', 'Exec=/bin/sh', 'Name=Shell', ...lines].join('\n'));
const open = (configuration: Partial<Configuration['catalogue']> = {}) =>
  new Catalogue(
    new DesktopEntrySource(configuration.folders ?? [join(root, 'share/applications')]),
    { hide: [], restrict: [], ...configuration },
    () => now,
  );
const names = (catalogue: Catalogue, user: Starter = everybody, filter: CatalogueFilter = {}) =>
  catalogue.list(user, filter).map(({ name }) => name);

describe('what is an application', () => {
  test('an entry with all that people see', () => {
    entry(
      'pen',
      'Name[fr]=Stylo',
      'Comment=Draws',
      'Categories=Graphics;2D;',
      'Keywords=ink;',
      'Keywords[fr]=encre;',
      'MimeType=image/png;',
      'Icon=pen',
    );
    put('share/icons/hicolor/48x48/apps/pen.png', PNG);
    expect(open().find('pen', 'fr-FR')).toEqual({
      name: 'pen',
      displayName: 'Stylo',
      comment: 'Draws',
      hasIcon: true,
      categories: ['Graphics', '2D'],
      keywords: ['encre'],
      mimeTypes: ['image/png'],
      engine: 'local',
    });
  });

  test.each([
    ['NoDisplay=true'],
    ['Hidden=true'],
    ['OnlyShowIn=GNOME;'],
    ['NotShowIn=Deskhand;'],
    ['TryExec=/nowhere/program'],
    ['Categories=Settings;DesktopSettings;'],
  ])('%s is not shown', (line) => {
    entry('hidden', line);
    entry('shown', 'OnlyShowIn=Deskhand;GNOME;', 'TryExec=sh');
    expect(names(open())).toEqual(['shown']);
  });

  test('links, foreign files and programs that are not there are not shown', () => {
    put('share/applications/link.desktop', '[Desktop Entry]\nType=Link\nName=L\nURL=http://x');
    put('share/applications/gone.desktop', '[Desktop Entry]\nType=Application\nName=G\nExec=/nowhere/program');
    put('share/applications/shell.desktop', '[Desktop Entry]\nType=Application\nName=S\nExec=sh -c "open');
    put('share/applications/large.desktop', `[Desktop Entry]\nType=Application\nName=S\nExec=sh\n${'#'.repeat(300_000)}`);
    put('share/applications/readme.txt', 'x');
    put('share/applications/binary.desktop', Buffer.from([0, 255, 254, 10, 91]));
    symlinkSync('/nowhere', join(root, 'share/applications/dangling.desktop'));
    expect(names(open())).toEqual([]);
  });

  test('what belongs to the session itself is not shown', () => {
    entry('openbox');
    entry('pcmanfm-desktop-pref');
    expect(names(open())).toEqual([]);
  });

  test('a name is safe in files, addresses and streams, and folders are part of it', () => {
    entry('kde/über pen');
    expect(names(open())).toEqual(['kde--ber-pen']);
  });

  test('of two entries with one id the first folder counts, even to hide it', () => {
    entry('pen', 'Comment=first');
    put('more/pen.desktop', '[Desktop Entry]\nType=Application\nName=Second\nExec=sh');
    put('more/other.desktop', '[Desktop Entry]\nType=Application\nName=Other\nExec=sh');
    const folders = [join(root, 'share/applications'), join(root, 'more'), join(root, 'absent')];
    expect(open({ folders }).find('pen')?.comment).toBe('first');
    entry('pen', 'NoDisplay=true');
    expect(names(open({ folders }))).toEqual(['other']);
  });
});

describe('who may start what', () => {
  const restrict = [{ applications: ['safe'], labels: ['crew', 'staff'] }];

  test('hidden applications are not there, restricted ones only for their labels', () => {
    entry('safe');
    entry('pen');
    entry('secret');
    const catalogue = open({ hide: ['secret'], restrict });
    expect(names(catalogue)).toEqual(['pen']);
    expect(names(catalogue, { labels: ['staff'] })).toEqual(['pen', 'safe']);
    expect(catalogue.mayStart(everybody, 'safe')).toBe(false);
    expect(catalogue.mayStart({ labels: ['crew'] }, 'safe')).toBe(true);
    expect(catalogue.mayStart(everybody, 'secret')).toBe(false);
    expect(catalogue.find('safe')).toBeDefined();
    expect(catalogue.find('secret')).toBeUndefined();
  });

  test('a restriction without labels is for nobody', () => {
    entry('safe');
    expect(open({ restrict: [{ applications: ['safe'], labels: [] }] }).mayStart({ labels: ['crew'] }, 'safe')).toBe(false);
  });
});

describe('search', () => {
  test('every word counts, without case and accents', () => {
    entry('pen', 'Comment=Écrit et dessine', 'Categories=Graphics;');
    entry('sum', 'Keywords=calculator;', 'Categories=Office;');
    const catalogue = open();
    expect(names(catalogue, everybody, { query: 'ECRIT graph' })).toEqual(['pen']);
    expect(names(catalogue, everybody, { query: 'calc' })).toEqual(['sum']);
    expect(names(catalogue, everybody, { query: 'calc pen' })).toEqual([]);
    expect(names(catalogue, everybody, { category: 'Graphics' })).toEqual(['pen']);
    expect(names(catalogue, everybody, { query: '  ' })).toEqual(['pen', 'sum']);
  });
});

describe('commands', () => {
  test('the program is found, and arguments stay words', () => {
    put('share/applications/ed.desktop', '[Desktop Entry]\nType=Application\nName=E\nExec=sh %F');
    expect(open().programOf('ed', ['a b'], everybody)).toEqual({ command: [expect.stringMatching(/^\/.*\/sh$/), 'a b'] });
  });

  test('a program for the terminal gets one', () => {
    const folder = join(root, 'bin');
    const xterm = put('bin/xterm', '#!/bin/sh\n');
    chmodSync(xterm, 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${folder}:${path}`;
    try {
      entry('top', 'Terminal=true');
      expect(open().programOf('top', [], everybody)).toEqual({ command: [xterm, '-T', 'Shell', '-e', '/bin/sh'] });
    } finally {
      process.env.PATH = path;
    }
  });

  test('an unknown one and one for others are typed errors', () => {
    entry('safe');
    const catalogue = open({ restrict: [{ applications: ['safe'], labels: ['crew'] }] });
    expect(() => catalogue.programOf('safe', [], everybody)).toThrow(expect.objectContaining({ code: 'APPLICATION_NOT_ALLOWED' }));
    expect(catalogue.programOf('safe', [], { labels: ['crew'] })).toEqual({ command: ['/bin/sh'] });
    expect(() => open().programOf('../../bin/sh', [], everybody)).toThrow(expect.objectContaining({ code: 'APPLICATION_NOT_FOUND' }));
  });
});

describe('icons', () => {
  test('the sharpest of the theme, else one of pixmaps', () => {
    entry('pen', 'Icon=pen');
    entry('old', 'Icon=old.png');
    put('share/icons/hicolor/48x48/apps/pen.png', PNG);
    put('share/icons/hicolor/scalable/apps/pen.svg', '<?xml version="1.0"?>\n<!-- x -->\n<svg xmlns="http://www.w3.org/2000/svg"/>');
    put('share/pixmaps/old.png', PNG);
    expect(open().iconOf('pen')?.contentType).toBe('image/svg+xml');
    expect(open().iconOf('old')).toEqual({ contentType: 'image/png', bytes: PNG });
  });

  test('what is no icon is not served, whatever it is called', () => {
    entry('passwords', 'Icon=/etc/passwd');
    entry('disguised', `Icon=${put('secret.png', 'secret')}`);
    entry('page', `Icon=${put('page.svg', '<html><script>alert(1)</script></html>')}`);
    entry('huge', `Icon=${put('huge.png', Buffer.concat([PNG, Buffer.alloc(300_000)]))}`);
    entry('climbing', 'Icon=../../secret');
    entry('none');
    const catalogue = open();
    for (const name of ['passwords', 'disguised', 'page', 'huge', 'climbing', 'none', 'unknown'])
      expect(catalogue.iconOf(name), name).toBeUndefined();
  });
});

describe('change', () => {
  test('new, changed and removed files are seen', () => {
    const pen = entry('pen', 'Comment=old');
    const catalogue = open();
    expect(names(catalogue)).toEqual(['pen']);
    entry('pen', 'Comment=newer');
    entry('sum');
    now += 10_000;
    expect(names(catalogue)).toEqual(['pen', 'sum']);
    expect(catalogue.find('pen')?.comment).toBe('newer');
    unlinkSync(pen);
    now += 10_000;
    expect(names(catalogue)).toEqual(['sum']);
  });

  test('a folder that goes away empties it without an error', () => {
    entry('pen');
    const catalogue = open();
    expect(names(catalogue)).toEqual(['pen']);
    rmSync(join(root, 'share'), { recursive: true });
    now += 10_000;
    expect(names(catalogue)).toEqual([]);
  });
});
