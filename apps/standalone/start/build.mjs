/** Compiles everything into dist/, only when a source has changed since. `npm run build` runs this file. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages } from './packages.mjs';
import { attempt, binFolder, projectEnvironment, run, Stop } from './run.mjs';

const STEP_TIMEOUT_MS = 10 * 60_000;
const STAMP = 'dist/.stamp';
const SOURCES = [
  'apps',
  'libs',
  'migrations',
  'test/bench',
  'test/chaos',
  'test/support',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
const OUTPUTS = ['server/api.mjs', 'server/standalone.mjs', 'agent/agent.mjs', 'gateway/gateway.mjs', 'website/index.html'];

/**
 * Changes with every source's path, size and time.
 *
 * @param {string} project
 */
export function sourceStamp(project) {
  const hash = createHash('sha256');
  for (const source of SOURCES) stampOf(join(project, source), hash);
  return hash.digest('hex');
}

function stampOf(path, hash) {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status || /\.spec\.tsx?$|\/openapi\.json$/.test(path)) return;
  if (!status.isDirectory()) hash.update(`${path}\0${status.size}\0${status.mtimeMs}\n`);
  else for (const name of readdirSync(path).sort()) if (!name.startsWith('.') && name !== 'node_modules') stampOf(join(path, name), hash);
}

/** @param {string} project */
export function isBuilt(project) {
  if (!OUTPUTS.every((output) => existsSync(join(project, 'dist', output)))) return false;
  const stamp = join(project, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceStamp(project);
}

/**
 * @param {string} project
 * @throws {Stop} naming the step that failed, with its messages
 */
export async function build(project) {
  if (isBuilt(project)) return;
  console.log('Building ...');
  const started = Date.now();
  // Taken first: what changes during the build is built again the next time.
  const stamp = sourceStamp(project);
  const step = async (name, args) => {
    const { ok, output } = await run(join(binFolder(project), name), args, {
      cwd: project,
      env: projectEnvironment(project),
      timeoutMs: STEP_TIMEOUT_MS,
    });
    if (!ok) throw new Stop(`The build failed in ${name} ${args.join(' ')}:\n${output.trim()}`);
  };
  const website = step('vite', ['build', 'apps/website', '--config', 'apps/website/vite.config.ts', '--logLevel', 'warn']);
  const programs = step('tsc', ['-p', 'tsconfig.build.json']).then(async () => {
    await step('rolldown', ['-c', 'apps/agent/rolldown.config.mjs']);
    await step('rolldown', ['-c', 'apps/gateway/rolldown.config.mjs']);
    await step('rolldown', ['-c', 'apps/standalone/rolldown.config.mjs']);
  });
  const failed = (await Promise.allSettled([website, programs]))
    .filter(({ status }) => status === 'rejected')
    .map(({ reason }) => reason.message);
  if (failed.length > 0) throw new Stop(failed.join('\n'));
  mkdirSync(join(project, 'dist'), { recursive: true });
  writeFileSync(join(project, STAMP), stamp);
  console.log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const project = fileURLToPath(new URL('../../../', import.meta.url));
  attempt(async () => {
    await installPackages(project);
    await build(project);
    return 0;
  });
}
