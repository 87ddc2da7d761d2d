/** `npm run check`: types, lint, format, dependency rules, generated files and bundles, two at a time; names each step that failed. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from '../apps/standalone/start/packages.mjs';
import { attempt, binFolder, projectEnvironment, run } from '../apps/standalone/start/run.mjs';

const project = fileURLToPath(new URL('../', import.meta.url));
const STEP_TIMEOUT_MS = 5 * 60_000;

const STEPS = [
  ['types', 'tsc', '--noEmit', '-p', 'tsconfig.json'],
  ['lint and format', 'biome', 'ci', '--colors=off', '.'],
  ['dependency rules', 'depcruise', '--config', '.dependency-cruiser.cjs', 'apps', 'libs', 'migrations', 'test'],
  ['generated files', 'node', '.ci/generate.mjs', '--check'],
  ['bundles', 'node', '.ci/bundles.mjs'],
  ['types of the website', 'tsc', '--noEmit', '-p', 'apps/website/tsconfig.json'],
];

attempt(async () => {
  await installPackages(project);
  const waiting = [...STEPS];
  const failed = [];
  const work = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const [name, program, ...args] = step;
      const started = Date.now();
      const { ok, output } = await run(join(binFolder(project), program), args, {
        cwd: project,
        env: projectEnvironment(project),
        timeoutMs: STEP_TIMEOUT_MS,
      });
      console.log(`${ok ? 'ok    ' : 'FAILED'}  ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
      if (!ok) failed.push(`${name}: ${program} ${args.join(' ')}\n${output.trim()}`);
    }
  };
  await Promise.all([work(), work()]);
  for (const text of failed) console.error(`\n--- ${text}`);
  return failed.length === 0 ? 0 : 1;
});
