/**
 * `npm run generate` writes every generated file; with `--check` it only says which have drifted. A file `*.document.ts` exports
 * `document` (`GeneratedDocument` of libs/common): where it goes, and how it is made from the code beside it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const project = fileURLToPath(new URL('../', import.meta.url));
const isCheck = process.argv.includes('--check');
/** Sources as they are, not as they were built: `#libs/*` resolves to TypeScript. */
const config = {
  root: project,
  configFile: false,
  logLevel: 'error',
  ssr: { resolve: { conditions: ['source', 'node', 'import', 'module', 'default'] } },
  resolve: {
    conditions: ['source', 'node', 'import', 'module', 'default'],
    alias: [{ find: /^#(libs|apps)\/([^/]+)$/, replacement: join(project, '$1/$2/src/index.ts') }],
  },
};

const drifted = [];
for (const source of ['apps', 'libs'].flatMap((folder) => findDocuments(join(project, folder)))) {
  const { document } = (await runnerImport(source, config)).module;
  const text = await document.render();
  const file = join(project, document.file);
  if (read(file) === text) continue;
  if (isCheck) drifted.push(document.file);
  else {
    writeFileSync(file, text);
    console.log(`wrote ${document.file}`);
  }
}
if (drifted.length > 0) console.error(`Not what the code says: ${drifted.join(', ')}. Run npm run generate and commit.`);
process.exit(drifted.length > 0 ? 1 : 0);

function findDocuments(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    if (item.isDirectory()) return item.name === 'node_modules' ? [] : findDocuments(join(folder, item.name));
    return item.name.endsWith('.document.ts') ? [join(folder, item.name)] : [];
  });
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
