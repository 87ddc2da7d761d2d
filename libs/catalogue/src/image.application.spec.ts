/** What the labels of an image say, and what they cannot make anybody believe. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Catalogue } from './catalogue.js';
import { type InspectedImage, imageEntryOf } from './image.application.js';
import { ImageSource } from './image.source.js';

const SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const image = (
  labels: Record<string, string> = {},
  config: Partial<InspectedImage['Config']> = {},
  tag = 'registry.example.org:5000/team/editor:1.2',
): InspectedImage => ({
  RepoTags: [tag],
  Config: { Labels: { 'oc.type': 'app', ...labels }, Entrypoint: ['/usr/bin/editor'], Cmd: ['--new'], ...config },
});
const command = (of: InspectedImage) => imageEntryOf(of)?.command;

describe('an image is an application', () => {
  test('with all that people see', () => {
    const entry = imageEntryOf(
      image({
        'oc.name': 'Text Editor',
        'oc.displayname': 'Text editor',
        'oc.comment': 'Writes',
        'oc.cat': 'utilities,office',
        'oc.keyword': 'text, notes',
        'oc.mimetype': 'text/plain;text/x-log;',
        'oc.icondata': base64(SVG),
        'oc.containerengine': 'pod_application',
      }),
    );
    expect(entry?.describe('fr')).toStrictEqual({
      name: 'Text-Editor',
      displayName: 'Text editor',
      comment: 'Writes',
      hasIcon: true,
      categories: ['Utility', 'Office'],
      keywords: ['text', 'notes'],
      mimeTypes: ['text/plain', 'text/x-log'],
      engine: 'pod',
    });
    expect(entry?.container).toStrictEqual({ engine: 'pod', image: 'registry.example.org:5000/team/editor:1.2' });
    expect(entry?.icon()).toStrictEqual({ contentType: 'image/svg+xml', bytes: Buffer.from(SVG) });
  });
  test('also without a word about it', () => {
    expect(imageEntryOf(image())?.describe()).toMatchObject({
      name: 'editor',
      displayName: 'editor',
      engine: 'ephemeral-container',
      hasIcon: false,
    });
    expect(imageEntryOf({ ...image(), RepoTags: null, RepoDigests: ['editor@sha256:00'] })?.name).toBe('editor');
  });
  test('only where it says so', () => {
    expect(imageEntryOf({ RepoTags: ['debian:12'], Config: { Labels: null } })).toBeUndefined();
    expect(imageEntryOf(image({ 'oc.type': 'desktop' }))).toBeUndefined();
  });
});

describe('its command', () => {
  test.each<[string, InspectedImage, readonly string[]]>([
    ['is what the image runs', image(), ['/usr/bin/editor', '--new']],
    ['has the arguments of the label', image({ 'oc.args': '--title "My $HOME"' }), ['/usr/bin/editor', '--title', 'My $HOME']],
    ['is the path of the label', image({ 'oc.path': '/opt/run me' }), ['/opt/run me']],
    ['is the command alone', image({}, { Entrypoint: null }), ['--new']],
  ])('%s', (_title, of, words) => {
    expect(command(of)).toStrictEqual(words.map((text) => ({ text })));
  });
  test('takes files where it opens any', () => {
    expect(command(image({ 'oc.mimetype': 'text/plain' }))?.at(-1)).toStrictEqual({ takes: 'many', before: '', after: '' });
  });
});

describe('refused', () => {
  test.each<[InspectedImage, RegExp]>([
    [{ ...image(), RepoTags: [] }, /no tag/],
    [image({}, {}, '$(reboot)'), /no tag/],
    [image({ 'oc.name': '...' }), /letter or digit/],
    [image({ 'oc.containerengine': 'vm' }), /containerengine/],
    [image({ 'oc.args': '"open' }), /quote/],
    [image({}, { Entrypoint: null, Cmd: null }), /neither/],
    [image({}, { Entrypoint: ['a\0b'] }), /command/],
    [image({ 'oc.acl': 'everybody' }), /acl/],
  ])('%j', (of, reason) => {
    expect(() => imageEntryOf(of)).toThrow(reason);
  });
  test('text is bounded and harmless, an icon that is none is no icon', () => {
    const application = imageEntryOf(
      image({ 'oc.displayname': `\u001b[31m\u202e${'x'.repeat(1_000)}`, 'oc.icondata': base64('<html>') }),
    )?.describe();
    expect(application?.displayName).toMatch(/^\[31m x{90,}$/);
    expect(application?.hasIcon).toBe(false);
  });
});

describe('a folder of them', () => {
  let folder: string;
  let now = 0;
  const broken: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'deskhand-images-'));
    broken.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (file: string, content: unknown) =>
    writeFileSync(join(folder, file), typeof content === 'string' ? content : JSON.stringify(content));
  const open = () =>
    new Catalogue(
      new ImageSource([folder], (file, reason) => broken.push(`${file.slice(folder.length + 1)}: ${reason}`)),
      { hide: [], restrict: [] },
      () => now,
    );
  const names = (catalogue: Catalogue, labels: string[] = []) => catalogue.list({ labels }).map(({ name }) => name);

  test('one broken file costs the others nothing, and is named', () => {
    put('a.json', [image({ 'oc.name': 'a' }), image({ 'oc.name': 'b' }), image({ 'oc.containerengine': 'vm' })]);
    put('b.json', image({ 'oc.name': 'c' }));
    put('c.json', '{ not json');
    put('d.json', { Config: 'x' });
    put('e.json', image({ 'oc.name': 'a' }));
    put('notes.txt', 'x');
    expect(names(open())).toStrictEqual(['a', 'b', 'c']);
    expect(broken).toStrictEqual([
      'a.json: its oc.containerengine is neither ephemeral_container nor pod_application',
      'c.json: it is not what docker inspect prints of an image',
      'd.json: it is not what docker inspect prints of an image',
      'e.json: another image is called a already',
    ]);
  });

  test('a new file is seen, and nobody is told of the old fault again', () => {
    put('a.json', '{');
    const catalogue = open();
    expect(names(catalogue)).toStrictEqual([]);
    now += 10_000;
    expect(names(catalogue)).toStrictEqual([]);
    expect(broken).toHaveLength(1);
    put('b.json', image());
    now += 10_000;
    expect(names(catalogue)).toStrictEqual(['editor']);
  });

  test('its own list says for whom it is', () => {
    put('a.json', image({ 'oc.acl': JSON.stringify({ permit: ['crew'], deny: ['guests'] }) }));
    put('b.json', image({ 'oc.name': 'all', 'oc.acl': JSON.stringify({ permit: ['all'] }) }));
    put('c.json', image({ 'oc.name': 'nobody', 'oc.acl': '{}' }));
    expect(names(open())).toStrictEqual(['all']);
    expect(names(open(), ['crew'])).toStrictEqual(['all', 'editor']);
    expect(names(open(), ['crew', 'guests'])).toStrictEqual(['all']);
  });

  test('starts with its container', () => {
    put('a.json', image({ 'oc.mimetype': 'text/plain' }));
    expect(open().programOf('editor', ['notes.txt'], { labels: [] })).toStrictEqual({
      command: ['/usr/bin/editor', '--new', 'notes.txt'],
      container: { engine: 'ephemeral-container', image: 'registry.example.org:5000/team/editor:1.2' },
    });
  });
});
