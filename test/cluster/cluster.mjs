/** `npm run cluster -- up | down | status | kubectl ...`: a real Kubernetes of one node on this machine, for the tests and for people. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../apps/standalone/start/build.mjs';
import { installPackages } from '../../apps/standalone/start/packages.mjs';
import { attempt, run, Stop, serve } from '../../apps/standalone/start/run.mjs';
import { buildImages } from '../images/images.mjs';
import { buildComponents } from './components.mjs';
import { reasonAgainst } from './suitability.mjs';

const project = fileURLToPath(new URL('../../', import.meta.url));
const script = (name) => fileURLToPath(new URL(`rig/${name}`, import.meta.url));
/** One at a time: its addresses are fixed. */
const state = join(tmpdir(), 'deskhand-cluster');
const START_TIMEOUT_MS = 3 * 60_000;
const STOP_TIMEOUT_MS = 60_000;
/** Of each log, when it does not start. */
const LAST_LINES = 10;

/** What tests and people need of a cluster that is up: test/support/cluster.ts has the shape of its content. */
export const clusterFile = join(state, 'cluster.json');

export const isUp = async () =>
  (await run('bash', [script('status.sh'), state], { timeoutMs: STOP_TIMEOUT_MS })).ok && existsSync(clusterFile);

/**
 * Brings it up; one that is up gets the images of today. What is missing is built first.
 *
 * @throws {Stop} with the reason where it cannot be
 */
export async function up() {
  const reason = await reasonAgainst();
  if (reason) throw new Stop(reason);
  const components = await buildComponents();
  const { archives, references, inspect } = await buildImages(join(components, 'pause'));
  const cluster = { kubeconfig: join(state, 'admin.conf'), kubectl: join(components, 'kubectl'), images: references, inspect, state };
  if (await isUp()) await refresh(cluster, archives);
  else await start(components, archives);
  writeFileSync(clusterFile, JSON.stringify(cluster, undefined, 2));
}

/**
 * Of what half of it did, nothing stays.
 *
 * @param {string} components @param {string} archives folders with its programs and with its images
 */
export async function start(components, archives) {
  await down();
  mkdirSync(state, { recursive: true });
  const { ok } = await run('bash', [script('up.sh')], {
    env: { ...process.env, KUBE_DIR: state, KUBE_BIN: components, KUBE_IMAGES: archives },
    timeoutMs: START_TIMEOUT_MS,
    show: true,
  });
  if (ok) return;
  const said = lastWords();
  await down();
  throw new Stop(`The cluster did not start. What its parts said last:\n${said}`);
}

function lastWords() {
  const folder = join(state, 'log');
  const logs = existsSync(folder) ? readdirSync(folder).filter((name) => name !== 'audit.log') : [];
  return logs
    .map((name) => ({ name, lines: readFileSync(join(folder, name), 'utf8').trim().split('\n').slice(-LAST_LINES) }))
    .filter(({ lines }) => lines.join('') !== '')
    .map(({ name, lines }) => [`${name}:`, ...lines.map((line) => `  ${line.slice(0, 500)}`)].join('\n'))
    .join('\n');
}

async function refresh(cluster, archives) {
  const { inspect } = JSON.parse(readFileSync(clusterFile, 'utf8'));
  if (inspect === cluster.inspect) return;
  const node = (await run('pgrep', ['-P', readFileSync(join(state, 'pid'), 'utf8').trim()], { timeoutMs: STOP_TIMEOUT_MS })).output.trim();
  const { ok, output } = await run('nsenter', ['-t', node, '-m', '-p', '-n', 'bash', script('import.sh'), archives], {
    env: { ...process.env, KUBE_DIR: state },
    timeoutMs: START_TIMEOUT_MS,
  });
  if (!ok) throw new Stop(`The images could not be given to the node:\n${output}`);
}

/** Ends it and leaves no trace; one that was killed too. */
export async function down() {
  const { ok, output } = await run('bash', [script('down.sh'), state], { timeoutMs: STOP_TIMEOUT_MS });
  if (!ok) throw new Stop(`The cluster did not end:\n${output}`);
}

async function main([command, ...rest]) {
  switch (command) {
    case 'up':
      await installPackages(project);
      await build(project);
      await up();
      console.log(`The cluster is up. Its kubeconfig: ${join(state, 'admin.conf')}`);
      return 0;
    case 'down':
      await down();
      return 0;
    case 'status': {
      const answers = await isUp();
      console.log(answers ? `up\n${readFileSync(clusterFile, 'utf8')}` : 'down');
      return answers ? 0 : 1;
    }
    case 'kubectl': {
      if (!existsSync(clusterFile)) throw new Stop('There is no cluster: npm run cluster -- up');
      const { kubectl, kubeconfig } = JSON.parse(readFileSync(clusterFile, 'utf8'));
      return serve(kubectl, ['--kubeconfig', kubeconfig, ...rest]);
    }
    default:
      throw new Stop('npm run cluster -- up | down | status | kubectl ...');
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) attempt(() => main(process.argv.slice(2)));
