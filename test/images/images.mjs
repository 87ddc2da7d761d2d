/** Builds the images of k8s/images without a registry: a base of the distribution's packages, then each Containerfile, into one archive each. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, Stop } from '../../apps/standalone/start/run.mjs';
import { cached, cacheFolder, keyOf } from '../cluster/cache.mjs';

const project = fileURLToPath(new URL('../../', import.meta.url));
const sources = join(project, 'k8s/images');
const applications = readdirSync(join(sources, 'apps'), { withFileTypes: true })
  .filter((item) => item.isDirectory())
  .map(({ name }) => name);

const RELEASE = 'bookworm';
const STEP_TIMEOUT_MS = 20 * 60_000;

/**
 * @typedef {object} Images
 * @property {string} archives a folder with a tar of each, as `docker save` writes it
 * @property {Readonly<Record<string, string>>} references by the names of their folders
 * @property {string} inspect a folder with what `docker inspect` would say of each application
 */

/**
 * @param {string} pause a program that holds a pod's namespaces
 * @returns {Promise<Images>}
 */
export async function buildImages(pause) {
  const node = join(project, 'node_modules/node/bin/node');
  const agent = join(project, 'dist/agent/agent.mjs');
  const key = keyOf([sources, agent, pause, fileURLToPath(import.meta.url)], process.version, RELEASE);
  const folder = await cached('images', key, (target) => make(target, key, { node, agent, pause }));
  return {
    archives: join(folder, 'archives'),
    references: JSON.parse(readFileSync(join(folder, 'references.json'), 'utf8')),
    inspect: join(folder, 'inspect'),
  };
}

async function make(target, key, { node, agent, pause }) {
  const base = await makeBase();
  const inspect = join(target, 'inspect');
  mkdirSync(inspect);
  mkdirSync(join(target, 'archives'));
  const images = [
    { name: 'desktop', context: join(sources, 'desktop'), contexts: { node: parentOf(node), agent: parentOf(agent) } },
    ...applications.map((name) => ({ name, context: join(sources, 'apps', name), contexts: {} })),
  ];
  const references = {};
  for (const { name, context, contexts } of images) {
    const started = Date.now();
    const reference = `localhost/deskhand/${name}:${key}`;
    await bud({ reference, base, context, contexts });
    await push(reference, target, name);
    references[name] = reference;
    if (applications.includes(name))
      writeFileSync(join(inspect, `${name}.json`), JSON.stringify([await inspected(reference)], undefined, 2));
    console.log(`  image ${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  await makePause(pause, target);
  writeFileSync(join(target, 'references.json'), JSON.stringify(references));
  // What no image of today is made of.
  await buildah('rmi', '--prune', '--force').catch(() => undefined);
}

/**
 * Builds the image of a desktop with another agent, and forgets it.
 *
 * @param {string} agent a folder with its `agent.mjs`
 * @returns {Promise<readonly string[]>} digests of its layers
 */
export async function layersWithAgent(agent) {
  const reference = 'localhost/deskhand/desktop:other-agent';
  const contexts = { node: join(project, 'node_modules/node/bin'), agent };
  await bud({ reference, base: await makeBase(), context: join(sources, 'desktop'), contexts });
  const { OCIv1 } = JSON.parse(await buildah('inspect', '--type', 'image', reference));
  await buildah('rmi', reference);
  return OCIv1.rootfs.diff_ids;
}

function bud({ reference, base, context, contexts }) {
  const how = ['--isolation', 'chroot', '--network', 'host', '--pull-never', '--layers'];
  const more = Object.entries(contexts).flatMap(([id, path]) => ['--build-context', `${id}=${path}`]);
  return buildah('bud', ...how, '--build-arg', `BASE=${base}`, ...more, '-t', reference, context);
}

/** The distribution's smallest system, made of its packages. @returns {Promise<string>} its reference */
async function makeBase() {
  const reference = `localhost/deskhand/${RELEASE}:2`;
  if (await hasImage(reference)) return reference;
  const started = Date.now();
  const archive = join(cacheFolder('images'), 'base.tar');
  const mirror = await mirrorOf();
  const args = [
    '--mode=root',
    '--variant=minbase',
    '--aptopt=APT::Install-Recommends "false"',
    RELEASE,
    archive,
    `deb ${mirror} ${RELEASE} main`,
  ];
  await step('mmdebstrap', args);
  await commit(reference, (container) => buildah('add', '--quiet', container, archive, '/'));
  rmSync(archive);
  console.log(`  base of ${RELEASE}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return reference;
}

/** The name is the one that the cluster's containerd knows. */
async function makePause(program, target) {
  const reference = 'localhost/deskhand/pause:1';
  await commit(reference, async (container) => {
    await buildah('add', '--quiet', container, program, '/pause');
    await buildah('config', '--entrypoint', '["/pause"]', container);
  });
  await push(reference, target, 'pause');
}

async function commit(reference, fill) {
  const container = (await buildah('from', 'scratch')).split('\n').at(-1);
  await fill(container);
  await buildah('commit', '--quiet', '--rm', container, reference);
}

/** Uncompressed, which is quicker to read than to fetch: nobody carries it anywhere. */
const push = (reference, target, name) =>
  buildah('push', '--quiet', reference, `docker-archive:${join(target, 'archives', `${name}.tar`)}:${reference}`);

/** The answer of `docker inspect`, as far as anybody reads it. */
async function inspected(reference) {
  const { OCIv1, FromImageID } = JSON.parse(await buildah('inspect', '--type', 'image', reference));
  const { Labels, Entrypoint, Cmd, Env, WorkingDir, User } = OCIv1.config;
  return { Id: FromImageID, RepoTags: [reference], Config: { Labels, Entrypoint, Cmd, Env, WorkingDir, User } };
}

const hasImage = (reference) =>
  buildah('inspect', '--type', 'image', reference).then(
    () => true,
    () => false,
  );

/** A store of our own: whoever uses buildah on this machine does not see these images. */
function buildah(...args) {
  const root = join(cacheFolder('images'), 'store');
  return step('buildah', ['--root', root, '--runroot', join(cacheFolder('images'), 'run'), '--storage-driver', 'overlay', ...args]);
}

async function step(program, args) {
  const { ok, output } = await run(program, args, { timeoutMs: STEP_TIMEOUT_MS });
  if (!ok) throw new Stop(`${program} failed:\n${output.trim().split('\n').slice(-20).join('\n')}`);
  return output.trim();
}

const parentOf = (file) => join(file, '..');

/** The mirror that this machine already uses. */
async function mirrorOf() {
  const { output } = await run('apt-cache', ['policy'], { timeoutMs: 30_000 });
  const [, mirror] = /^\s*\d+ (https?:\S*debian\S*) bookworm\/main/m.exec(output) ?? [];
  if (!mirror) throw new Stop(`The images are made of Debian's packages, and apt knows no mirror of ${RELEASE}.`);
  return mirror;
}
