/** Brings the npm packages to what package-lock.json says, only when they are not there already. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binFolder, run, Stop } from './run.mjs';

const INSTALL_TIMEOUT_MS = 15 * 60_000;

/**
 * Compares what npm installed with what the lock file asks for; packages of other platforms may be absent.
 *
 * @param {string} project
 * @returns {boolean}
 */
export function arePackagesInstalled(project) {
  const wanted = readPackages(join(project, 'package-lock.json'));
  const installed = readPackages(join(project, 'node_modules/.package-lock.json'));
  if (!wanted || !installed || !existsSync(join(binFolder(project), 'node'))) return false;
  return Object.entries(wanted).every(
    ([path, { version, integrity, optional }]) =>
      path === '' || (optional && !installed[path]) || (installed[path]?.version === version && installed[path]?.integrity === integrity),
  );
}

/** @param {string} project */
export async function installPackages(project) {
  if (arePackagesInstalled(project)) return;
  console.log('Installing the npm packages (npm ci) ...');
  // The build needs them all, also where NODE_ENV or npm's settings leave some out.
  const { ok, code } = await run('npm', ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: project,
    timeoutMs: INSTALL_TIMEOUT_MS,
    show: true,
  });
  if (code === 127) throw new Stop('npm is not on the PATH: install it (it comes with Node) and try again.');
  if (!ok) throw new Stop(`npm ci failed (${code}); its messages above say why.`);
  if (!existsSync(join(binFolder(project), 'node')))
    throw new Stop(
      'npm ci did not install Node 24, because install scripts are switched off: run\n  npm rebuild node --ignore-scripts=false\nand try again.',
    );
}

/** @returns {Record<string, { version?: string, integrity?: string, optional?: boolean }> | undefined} */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
