/** Documents must not rot: the files that they name exist, their links lead somewhere, and the commands that they tell are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const project = fileURLToPath(new URL('../', import.meta.url));
const documents = ['README.md', 'CHANGELOG.md', ...filesIn('docs').filter((file) => file.endsWith('.md'))];
const sources = new Set(['apps', 'libs', 'migrations', 'test'].flatMap((folder) => filesIn(folder).map((file) => basename(file))));

describe.each(documents)('%s', (document) => {
  const text = readFileSync(join(project, document), 'utf8');

  test('names only files that exist', () => {
    expect(namedFiles(text).filter((file) => !exists(file))).toEqual([]);
  });

  test('links only to what is there', () => {
    expect(links(text).filter((link) => !leadsSomewhere(document, link))).toEqual([]);
  });

  test('names only tests that are there', () => {
    expect(namedTests(text).filter(([file, title]) => !readFileSync(join(project, file), 'utf8').includes(title))).toEqual([]);
  });

  test('tells only commands that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const told = [...text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:-]+)/g)].map(([, script]) => script ?? '');
    expect(told.filter((script) => scripts[script] === undefined)).toEqual([]);
  });
});

test('every known attack has its test', () => {
  const rows = readFileSync(join(project, 'docs/security.md'), 'utf8')
    .split(/^## /m)
    .find((part) => part.startsWith('Known attacks'))
    ?.match(/^\| (?!attack|-).*$/gm);
  expect(rows?.length).toBeGreaterThan(30);
  expect(rows?.filter((row) => namedTests(row).length === 0)).toEqual([]);
});

describe('the checks themselves', () => {
  test('find a file that is not there, by its path or by its name', () => {
    const text = 'See `libs/nowhere/src/gone.ts`, `gone.decider.ts`, `libs/common/src/ids.ts`, `ids.ts`, `libs/<name>` and `npm start`.';
    expect(namedFiles(text).filter((file) => !exists(file))).toEqual(['libs/nowhere/src/gone.ts', 'gone.decider.ts']);
  });

  test('find a link that leads nowhere', () => {
    const text = '[a](docs/gone.md) [b](docs/glossary.md) [c](docs/glossary.md#gone) [d](#try-it) [e](https://example.org/)';
    expect(links(text).filter((link) => !leadsSomewhere('README.md', link))).toEqual(['docs/gone.md', 'docs/glossary.md#gone']);
  });
});

/** What stands in backticks and can only be a file or folder of this repository; patterns and placeholders are none. */
function namedFiles(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\s]+)`/g)]
    .map(([, name]) => (name ?? '').replace(/\/$/, ''))
    .filter((name) => /^[\w.@/-]+$/.test(name))
    .filter((name) => /^(apps|libs|test|docs|k8s|migrations|\.ci)\//.test(name) || /^[\w.-]+\.(ts|tsx|mjs|cjs)$/.test(name));
}

/** A file of tests and the title of one of them, as it stands there: `file.spec.ts`: "title". */
function namedTests(text: string): readonly [file: string, title: string][] {
  return [...text.matchAll(/`([\w./-]+\.(?:spec|contract)\.ts)`: "([^"]+)"/g)].map(([, file = '', title = '']) => [file, title]);
}

const exists = (file: string): boolean => (file.includes('/') ? existsSync(join(project, file)) : sources.has(file));

function links(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');
}

function leadsSomewhere(document: string, link: string): boolean {
  if (/^https?:\/\//.test(link)) return true;
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? document : normalize(join(dirname(document), path));
  if (!existsSync(join(project, file))) return false;
  return anchor === undefined || headings(readFileSync(join(project, file), 'utf8')).includes(anchor);
}

/** Anchors as GitHub makes them of headings. */
function headings(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? '')
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    return item.isDirectory() && item.name !== 'node_modules' ? filesIn(path) : [path];
  });
}
