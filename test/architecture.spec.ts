/** The architecture's law, held against every source by the real dependency-cruiser; and proof that each rule catches who breaks it. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const project = fileURLToPath(new URL('../', import.meta.url));
const MAX_LINES = 400;
const MAX_MAIN_LINES = 30;

/** Rules broken in a project folder, as `rule: from -> to`. */
async function broken(folder: string, ...parts: string[]): Promise<readonly string[]> {
  const cruiser = join(project, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [cruiser, '--config', join(project, '.dependency-cruiser.cjs'), '--output-type', 'json', ...parts];
  // Violations make its exit code, its report says more.
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 1024 * 1024, timeout: 120_000 }, (error, stdout, stderr) => {
      if (stdout.startsWith('{')) resolve(stdout);
      else reject(new Error(stderr || String(error)));
    });
  });
  const { summary } = JSON.parse(output) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[]; totalCruised: number };
  };
  if (summary.totalCruised === 0) throw new Error('nothing was cruised');
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`);
}

describe('the dependency rules', () => {
  test('hold for every source', { timeout: 120_000 }, async () => {
    expect(await broken(project, 'apps', 'libs', 'migrations', 'test')).toEqual([]);
  });
});

describe('every dependency rule catches who breaks it', () => {
  let folder: string;
  let violations: readonly string[];

  /** File, what it imports, and the rule that this breaks. */
  const culprits: readonly (readonly [file: string, imported: string, rule: string])[] = [
    ['libs/a/src/app.ts', '#apps/one', 'libs-never-import-apps'],
    ['libs/a/src/test.ts', '../../../test/support/thing.js', 'libs-never-import-apps'],
    ['libs/a/src/inside.ts', '../../b/src/inner.js', 'libs-by-their-index-only'],
    ['libs/a/src/path.ts', '../../b/src/index.js', 'libs-by-their-name-only'],
    ['libs/a/src/circle.ts', './circle-two.js', 'no-circular'],
    ['libs/a/src/nowhere.ts', './not-there.js', 'unresolvable'],
    ['libs/a/src/picks.ts', './sqlite/store.js', 'only-modules-pick-adapters'],
    ['libs/a/src/index.ts', './sqlite/store.js', 'only-modules-pick-adapters'],
    ['libs/a/src/memory/store.ts', '../sqlite/store.js', 'adapters-know-only-their-own'],
    ['libs/a/src/a.decider.ts', 'node:fs', 'pure-files-stay-pure'],
    ['libs/a/src/a.plan.ts', '@nestjs/common', 'pure-files-stay-pure'],
    ['libs/a/src/b.commands.ts', '@nestjs/common', 'commands-are-data'],
    ['libs/display/src/knows.ts', '#libs/runtime', 'the-agent-knows-no-runtime'],
    ['apps/agent/src/knows.ts', '#libs/runtime', 'the-agent-knows-no-runtime'],
    ['apps/one/src/inside.ts', '../../../libs/b/src/inner.js', 'apps-use-libs-by-their-index-only'],
    ['apps/one/src/other.ts', '#apps/two', 'apps-stand-alone'],
    ['apps/one/src/test.ts', '../../../test/support/thing.js', 'apps-never-import-tests'],
    ['apps/one/src/dev.ts', 'vitest', 'no-development-packages-in-the-product'],
    ['apps/standalone/src/inside.ts', '../../one/src/inside.js', 'standalone-composes-by-index'],
  ];
  /** What the law allows, so that a rule that catches everything is caught too. */
  const innocents: readonly (readonly [file: string, imported: string])[] = [
    ['libs/a/src/a.module.ts', './sqlite/store.js'],
    ['libs/a/src/memory/store.spec.ts', '../sqlite/store.js'],
    ['libs/a/src/a.events.ts', '#libs/b'],
    ['libs/a/src/a.commands.ts', '@nestjs/cqrs'],
    ['libs/a/src/edge.ts', 'node:fs'],
    ['apps/one/src/uses.ts', '#libs/b'],
    ['apps/standalone/src/composes.ts', '#apps/one'],
  ];
  const others = [
    'libs/b/src/index.ts',
    'libs/b/src/inner.ts',
    'libs/runtime/src/index.ts',
    'libs/a/src/sqlite/store.ts',
    'apps/one/src/index.ts',
    'apps/two/src/index.ts',
    'test/support/thing.ts',
  ];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deskhand-architecture-'));
    for (const name of ['package.json', 'tsconfig.json']) cpSync(join(project, name), join(folder, name));
    symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
    const write = (file: string, text: string) => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    for (const file of others) write(file, 'export const thing = 1;\n');
    for (const [file, imported] of [...culprits, ...innocents])
      write(file, `import * as it from '${imported}';\nexport const used = it;\n`);
    write('libs/a/src/circle-two.ts', "import * as it from './circle.js';\nexport const used = it;\n");
    violations = await broken(folder, 'apps', 'libs', 'test');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(culprits)('%s must not import %s', (file, _imported, rule) => {
    expect(violations.filter((violation) => violation.startsWith(`${rule}: `) && violation.includes(file))).not.toEqual([]);
  });

  test.each(innocents)('%s may import %s', (file) => {
    expect(violations.filter((violation) => violation.includes(`: ${file} `))).toEqual([]);
  });

  test('no rule is without such a proof', () => {
    const names = readFileSync(join(project, '.dependency-cruiser.cjs'), 'utf8').matchAll(/name: '([^']+)'/g);
    expect([...new Set(culprits.map(([, , rule]) => rule))].sort()).toEqual([...names].map(([, name]) => name).sort());
  });
});

describe('every source', () => {
  const sources = ['apps', 'libs', 'test', '.ci'].flatMap((folder) => sourcesIn(folder));
  const linesOf = (file: string) => readFileSync(join(project, file), 'utf8').trimEnd().split('\n');

  test(`has at most ${MAX_LINES} lines`, () => {
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.filter((file) => linesOf(file).length > MAX_LINES)).toEqual([]);
  });

  test(`called main.ts has at most ${MAX_MAIN_LINES} lines`, () => {
    expect(sources.filter((file) => /^apps\/[^/]+\/src\/main\.tsx?$/.test(file) && linesOf(file).length > MAX_MAIN_LINES)).toEqual([]);
  });

  test('says in its first sentence why it exists', () => {
    // A list of exports says so itself, and a spec is there for the file beside it.
    const described = sources.filter((file) => !/(^|\/)index\.ts$|\.d\.ts$|\.spec\.tsx?$/.test(file));
    const first = (file: string) =>
      linesOf(file).find((line) => line !== '' && !line.startsWith('#!') && !line.startsWith('// @ts-')) ?? '';
    expect(described.filter((file) => !/^(\/\*\*|\/\/|\/\*)/.test(first(file)))).toEqual([]);
  });
});

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { withFileTypes: true }).flatMap((item) => {
    const path = `${folder}/${item.name}`;
    if (item.isDirectory()) return item.name === 'node_modules' || item.name === 'public' ? [] : sourcesIn(path);
    return /\.(ts|tsx|mjs|cjs)$/.test(item.name) ? [path] : [];
  });
}
