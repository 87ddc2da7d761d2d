/** Whoever writes a configuration learns all that is wrong with it at once, and never sees a secret in the answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DeskhandError } from '../errors.js';
import { configurationSchema } from './configuration.schema.js';
import { loadConfiguration } from './load-configuration.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-configuration-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const load = (text: string, environment: NodeJS.ProcessEnv = {}) =>
  loadConfiguration({ DESKHAND_CONFIG: write('deskhand.yaml', text), ...environment });

function faults(text: string, environment: NodeJS.ProcessEnv = {}): Readonly<Record<string, string>> {
  try {
    load(text, environment);
  } catch (error) {
    if (error instanceof DeskhandError && error.code === 'CONFIGURATION_INVALID') return error.extras.fields ?? {};
    throw error;
  }
  throw new Error('it was accepted');
}

describe('what is read', () => {
  test('without a file the defaults count', () => {
    expect(loadConfiguration({})).toEqual({ ...configurationSchema.parse({}), data: resolve('data') });
  });

  test('an empty file and empty groups are the defaults', () => {
    expect(load('')).toEqual(loadConfiguration({}));
    expect(load('http:\nstore:\n')).toEqual(loadConfiguration({}));
  });

  test('the environment goes before the file, and an empty variable counts as none', () => {
    const environment = { DESKHAND_PORT: '9000', DESKHAND_HOST: '', DESKHAND_DATA: join(folder, 'elsewhere'), DESKHAND_LOG: 'warn' };
    const configuration = load('http: { port: 1, host: 127.0.0.2 }\ndata: here', environment);
    expect(configuration.http).toMatchObject({ port: 9000, host: '127.0.0.2' });
    expect(configuration.data).toBe(join(folder, 'elsewhere'));
    expect(configuration.log.level).toBe('warn');
  });

  test('DESKHAND_CONFIG goes before the fallback', () => {
    const fallback = write('fallback.yaml', 'http: { port: 2 }');
    expect(loadConfiguration({}, fallback).http.port).toBe(2);
    expect(loadConfiguration({ DESKHAND_CONFIG: write('own.yaml', 'http: { port: 3 }') }, fallback).http.port).toBe(3);
  });

  test('relative paths in the file start at its folder', () => {
    const configuration = load(
      'data: state\ncatalogue: { folders: [menus, /usr/share/applications] }\n' +
        'identity: { providers: [{ kind: local, id: demo, displayName: Demo, accountsFile: ../accounts.yaml }] }',
    );
    expect(configuration.data).toBe(join(folder, 'state'));
    expect(configuration.catalogue.folders).toEqual([join(folder, 'menus'), '/usr/share/applications']);
    expect(configuration.identity.providers[0]).toMatchObject({ accountsFile: resolve(folder, '../accounts.yaml') });
  });

  test('file: is replaced by the content of the file', () => {
    write('name', 'Planet Express\n');
    expect(load('installation: { name: "file:name" }').installation.name).toBe('Planet Express');
  });
});

describe('what is refused', () => {
  test('every fault is named at once, each at its path', () => {
    const text = `
htp: {}
http: { port: many, hots: x }
store: { kind: postgres }
identity: { providers: [{ kind: local, displayName: Demo, accountsFile: a.yaml }, { kind: anonymous, id: UPPER, displayName: A }] }
desktops: { deadlines: { startMs: 0 } }
`;
    expect(Object.keys(faults(text)).sort()).toEqual([
      'desktops.deadlines.startMs',
      'htp',
      'http.hots',
      'http.port',
      'identity.providers[0].id',
      'identity.providers[1].id',
      'store.kind',
    ]);
  });

  test('an unknown setting comes with the one that was meant', () => {
    expect(faults('http: { prot: 1 }')).toEqual({ 'http.prot': 'unknown setting; did you mean "port"?' });
    expect(faults('identity: { providers: [{ kind: anonymous, id: a, displayName: A, lables: [] }] }')).toEqual({
      'identity.providers[0].lables': 'unknown setting; did you mean "labels"?',
    });
    expect(faults('log: { somethingElse: 1 }')).toEqual({ 'log.somethingElse': 'unknown setting; known here: level' });
  });

  test('each fault says what belongs there', () => {
    expect(faults('http: { port: 65536 }')['http.port']).toContain('expected: whole number, 0 to 65535');
    expect(faults('store: { kind: postgres }')['store.kind']).toContain('expected: `sqlite` or `memory`');
    expect(faults('log: { level: loud }')['log.level']).toContain('`debug`');
  });

  test('a value of the environment is to be mended there', () => {
    expect(faults('', { DESKHAND_PORT: 'http' })['http.port']).toContain('(set by DESKHAND_PORT)');
    expect(faults('', { DESKHAND_PORT: '-1' })['http.port']).toContain('(set by DESKHAND_PORT)');
  });

  test('a group that is something else is a fault, with or without a variable for it', () => {
    expect(Object.keys(faults('http: 8080', { DESKHAND_PORT: '8080' }))).toEqual(['http']);
    expect(Object.keys(faults('- a list'))).toEqual(['$']);
  });

  test('places of WebDAV that would get the password unencrypted, or say more than a place; and files without places', () => {
    const webdavOf = (place: string) =>
      faults(JSON.stringify({ profiles: [{ name: 'a', displayName: 'A', loginFiles: ['davfs2'], webdav: [place] }] }));
    for (const place of ['https://files.example', 'https://files.example:444/My files/#1', '/home/fry/files'])
      expect(() => webdavOf(place), place).toThrow('it was accepted');
    for (const place of [
      'http://files.example/',
      'https://fry:slurm@files.example/',
      'https:///x',
      'proxy',
      '',
      '/a\nproxy fry x',
      'https://a b/',
    ])
      expect(webdavOf(place)['profiles[0].webdav[0]'], place).toContain('an https address');
    const together = { profiles: expect.stringContaining('need each other') };
    expect(faults('profiles: [{ name: a, displayName: A, loginFiles: [davfs2] }]')).toMatchObject(together);
    expect(faults('profiles: [{ name: a, displayName: A, webdav: [/home/fry] }]')).toMatchObject(together);
  });

  test('two providers or profiles of one name', () => {
    const profile = '{ name: a, displayName: A, default: true }';
    expect(faults(`profiles: [${profile}, ${profile}]`)['profiles[1].name']).toBe('is there twice');
    expect(faults('profiles: [{ name: a, displayName: A, default: true }, { name: b, displayName: B, default: true }]').profiles).toContain(
      'only one',
    );
  });

  test('a missing file, a folder, bad YAML and a key that is there twice are each one sentence', () => {
    expect(() => loadConfiguration({ DESKHAND_CONFIG: join(folder, 'none.yaml') })).toThrow(/none\.yaml: there is no such file/);
    expect(() => loadConfiguration({ DESKHAND_CONFIG: folder })).toThrow(/is not a file/);
    expect(faults('http: [')).toEqual({ $: expect.stringMatching(/^is not YAML: .* at line 1/) });
    expect(faults('data: a\ndata: b')).toEqual({ $: expect.stringContaining('unique') });
  });

  test('a secret file that is missing or too large is named, and no secret is shown', () => {
    write('large', 'x'.repeat(65 * 1024));
    expect(faults('installation: { name: "file:absent", id: "file:large" }')).toEqual({
      'installation.name': expect.stringContaining('there is no such file'),
      'installation.id': expect.stringContaining('65536 at most'),
    });
    write('secret', 'NEVER SHOWN');
    expect(JSON.stringify(faults('installation: { id: "file:secret" }'))).not.toContain('NEVER SHOWN');
  });

  test('the message is one readable text', () => {
    expect(() => load('http: { prot: 1 }\nlog: { level: 1 }')).toThrow(
      /^CONFIGURATION_INVALID: The configuration .*deskhand\.yaml is not valid:\n {2}http\.prot: .*\n {2}log\.level: /,
    );
  });
});
