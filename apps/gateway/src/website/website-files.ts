/** Reads the built website into memory, each file with its compressed forms: afterwards a request touches no disk. */
import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { DeskhandError } from '#libs/common';
import { SECURITY_HEADERS } from './security-headers.js';

export type Encoding = 'br' | 'gzip' | 'identity';

export interface Representation {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Headers, names and values in turn, of every answer about it, and of the one that carries it: made once. */
  readonly always: readonly string[];
  readonly whole: readonly string[];
}

export interface WebsiteFile {
  readonly representations: ReadonlyMap<Encoding, Representation>;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const INDEX = '/index.html';
const COMPRESSED_ALREADY: ReadonlySet<string> = new Set(['.jpg', '.png', '.webp', '.woff2']);
const SIBLINGS = { br: '.br', gzip: '.gz' } as const;
/** Below this a compressed form saves no packet. */
const WORTH_COMPRESSING = 1024;

/**
 * @param name what the page is titled, and so what the website calls the installation
 * @returns the files by path, such as `/assets/index-Abc.js`
 * @throws DeskhandError `CONFIGURATION_INVALID` when the website is not built
 */
export async function readWebsite(folder: string, name?: string): Promise<ReadonlyMap<string, WebsiteFile>> {
  const paths: readonly string[] = await pathsIn(folder, '', []).catch(() => []);
  if (!paths.includes(INDEX)) throw new DeskhandError('CONFIGURATION_INVALID', `There is no website in ${folder}: build it first.`);
  const known = new Set(paths);
  const originals = paths.filter((path) => !['.br', '.gz'].includes(extname(path)));
  const files = await Promise.all(
    originals.map(async (path) => [path, await readFileOf(folder, path, known, path === INDEX ? name : undefined)] as const),
  );
  return new Map(files);
}

/**
 * What a folder holds, through links as well: one that Kubernetes mounts is made of them, to what it keeps in the same place under names with two dots.
 * @param above the real paths of the folders that it is in: a link to one of them leads in a circle
 */
async function pathsIn(folder: string, inside: string, above: readonly string[]): Promise<readonly string[]> {
  const real = await realpath(folder);
  if (above.includes(real)) return [];
  const names = (await readdir(folder)).filter((name) => !name.startsWith('..'));
  const found = names.map(async (name) => {
    const [path, file] = [`${inside}/${name}`, join(folder, name)];
    const what = await stat(file).catch(() => undefined);
    if (what?.isDirectory()) return pathsIn(file, path, [...above, real]);
    return what?.isFile() ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}

async function readFileOf(folder: string, path: string, known: ReadonlySet<string>, title: string | undefined): Promise<WebsiteFile> {
  const built = await readFile(join(folder, path));
  const bytes = title === undefined ? built : titled(built, title);
  const extension = extname(path);
  const describe = (encoding: Encoding, content: Buffer) =>
    represent(path, CONTENT_TYPES[extension] ?? 'application/octet-stream', encoding, content);
  const representations = new Map<Encoding, Representation>([['identity', describe('identity', bytes)]]);
  if (!COMPRESSED_ALREADY.has(extension) && bytes.length >= WORTH_COMPRESSING)
    for (const encoding of ['br', 'gzip'] as const) {
      const sibling = `${path}${SIBLINGS[encoding]}`;
      const compressed =
        known.has(sibling) && bytes.equals(built) ? await readFile(join(folder, sibling)) : await compress[encoding](bytes);
      representations.set(encoding, describe(encoding, compressed));
    }
  return { representations };
}

const HTML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** The page under another title. */
function titled(page: Buffer, title: string): Buffer {
  const text = title.replace(/[&<>"]/g, (character) => HTML[character] ?? '');
  return Buffer.from(page.toString('utf8').replace(/<title>[^<]*<\/title>/, () => `<title>${text}</title>`));
}

const compress = {
  // Quality 6: at the start of a server a second counts; the build makes better ones.
  br: (bytes: Buffer): Promise<Buffer> => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (bytes: Buffer): Promise<Buffer> => promisify(gzip)(bytes),
};

function represent(path: string, contentType: string, encoding: Encoding, bytes: Buffer): Representation {
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 27);
  const etag = `"${digest}"`;
  const always = {
    ...SECURITY_HEADERS,
    // Names of assets carry a hash of their content.
    'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    vary: 'accept-encoding',
  };
  const coding = encoding === 'identity' ? {} : { 'content-encoding': encoding };
  const whole = { ...always, ...coding, 'content-type': contentType, 'content-length': String(bytes.length) };
  return { bytes, etag, always: Object.entries(always).flat(), whole: Object.entries(whole).flat() };
}
