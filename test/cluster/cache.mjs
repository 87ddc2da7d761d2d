/** Keeps what takes long to make outside the tree, by a key of everything that it is made of: made once, whole or not at all. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** @param {string} kind of thing */
export const cacheFolder = (kind) =>
  join(process.env.DESKHAND_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'deskhand'), kind);

/** Older ones go: they can be made again. */
const KEPT = 2;
const POLL_MS = 500;

/**
 * @param {string} kind
 * @param {string} key of all that goes in
 * @param {(folder: string) => Promise<void>} make fills a new folder
 * @returns {Promise<string>} the folder, complete
 */
export async function cached(kind, key, make) {
  const root = cacheFolder(kind);
  const folder = join(root, key);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true });
  const unlock = await lock(join(root, 'lock'));
  try {
    if (existsSync(folder)) return folder;
    const unfinished = join(root, 'unfinished');
    rmSync(unfinished, { recursive: true, force: true });
    mkdirSync(unfinished);
    await make(unfinished);
    renameSync(unfinished, folder);
    forgetOld(root);
    return folder;
  } finally {
    unlock();
  }
}

/** @param {readonly string[]} paths files and folders @param {readonly unknown[]} values whatever else goes in @returns {string} 12 hexadecimal digits */
export function keyOf(paths, ...values) {
  const hash = createHash('sha256').update(JSON.stringify(values));
  for (const path of paths) addTo(hash, path);
  return hash.digest('hex').slice(0, 12);
}

function addTo(hash, path) {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) addTo(hash.update(`${name}\0`), join(path, name));
  else hash.update(readFileSync(path)).update('\0');
}

function forgetOld(root) {
  const folders = readdirSync(root)
    .filter((name) => /^[0-9a-f]{12}$/.test(name))
    .map((name) => ({ path: join(root, name), madeAt: statSync(join(root, name)).mtimeMs }))
    .sort((a, b) => b.madeAt - a.madeAt);
  for (const { path } of folders.slice(KEPT)) rmSync(path, { recursive: true, force: true });
}

/** Waits while another process that lives has it. */
async function lock(file) {
  for (let told = false; ; await sleep(POLL_MS)) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = Number(readIfThere(file));
    if (!owner || !existsSync(`/proc/${owner}`)) rmSync(file, { force: true });
    else if (!told) console.log(`Waiting for process ${owner}, which makes the same ...`);
    told ||= Boolean(owner);
  }
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
