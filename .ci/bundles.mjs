/** Bundles the agent and the gateway from the sources, into a folder that goes again, and starts each as far as its configuration: a bundle that is broken shows here. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import typescript from 'typescript';
import { run } from '../apps/standalone/start/run.mjs';

const project = fileURLToPath(new URL('../', import.meta.url));
const START_WITHIN_MS = 30_000;

/** As tsc compiles them, decorators and all; told that they are modules, as it looks at one file alone. */
const { options } = typescript.getParsedCommandLineOfConfigFile(join(project, 'tsconfig.build.json'), {}, typescript.sys);
const compilerOptions = { ...options, module: typescript.ModuleKind.ESNext, sourceMap: false };
const compiled = {
  name: 'compiled',
  transform: (code, id) => {
    if (!id.endsWith('.ts')) return null;
    const { outputText } = typescript.transpileModule(code, { fileName: id, compilerOptions });
    return { code: outputText, moduleType: 'js' };
  },
};

/** Bytes at most, for what a library drags in unasked shows in the size; and what each says of a configuration that is not there. */
const BUNDLES = [
  { name: 'agent', bytes: 250_000, args: ['--config', '/nonexistent'], says: { code: 71, output: '' } },
  { name: 'gateway', bytes: 900_000, args: [], says: { code: 1, output: 'cannot read /nonexistent' } },
];

async function bundle(name, folder) {
  const { default: settings } = await import(pathToFileURL(join(project, `apps/${name}/rolldown.config.mjs`)).href);
  const { output, plugins = [], ...input } = settings;
  const build = await rolldown({
    ...input,
    input: join(project, `apps/${name}/src/main.ts`),
    resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
    plugins: [plugins, compiled],
    onLog(level, log) {
      // How long its plugins take says something about the machine only.
      if (level === 'warn' && log.code !== 'PLUGIN_TIMINGS') throw new Error(log.message);
    },
  });
  const { file: _, ...rest } = output;
  await build.write({ ...rest, dir: folder, entryFileNames: `${name}.mjs` });
  await build.close();
}

const folder = mkdtempSync(join(tmpdir(), 'deskhand-bundles-'));
try {
  for (const { name, bytes, args, says } of BUNDLES) {
    await bundle(name, folder);
    const file = join(folder, `${name}.mjs`);
    const { size } = statSync(file);
    if (size > bytes) throw new Error(`the bundle of the ${name} has ${size} bytes, more than ${bytes}`);
    const { code, output } = await run(process.execPath, [file, ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, DESKHAND_CONFIG: '/nonexistent' },
      timeoutMs: START_WITHIN_MS,
    });
    if (code !== says.code || !output.includes(says.output)) throw new Error(`the bundle of the ${name} ended with ${code}:\n${output}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
