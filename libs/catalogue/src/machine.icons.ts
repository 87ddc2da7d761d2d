/** Finds and reads the icons of applications (Icon Theme Specification, the themes that every system has), as far as browsers can show them. */
import { closeSync, constants, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, extname, isAbsolute, join } from 'node:path';

/** An image as it may be served: always with `X-Content-Type-Options: nosniff` and a sandboxing Content-Security-Policy, for an SVG is a document. */
export interface Icon {
  readonly contentType: 'image/svg+xml' | 'image/png';
  readonly bytes: Buffer;
}

/** Larger files are no icons. */
const MAX_ICON_BYTES = 256 * 1024;

const THEMES = ['hicolor', 'Adwaita'];
/** Best first: what is sharp everywhere, then what a dock needs. */
const SIZES = ['scalable', '128x128', '96x96', '64x64', '256x256', '48x48', '512x512', '32x32'];
const CONTEXTS = ['apps', 'legacy'];
const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/**
 * The file of an icon, by name or absolute path; only PNG and SVG count.
 *
 * @param applicationFolders the catalogue's folders: icons are looked for in `icons` and `pixmaps` beside each
 */
export function findIcon(icon: string, applicationFolders: readonly string[]): string | undefined {
  if (isAbsolute(icon)) return isImageName(icon) && existsSync(icon) ? icon : undefined;
  if (icon.includes('/') || icon.startsWith('.')) return undefined;
  const file = isImageName(icon) ? [icon] : [`${icon}.svg`, `${icon}.png`];
  const shares = [...new Set(applicationFolders.map((folder) => dirname(folder)))];
  const themed = shares.flatMap((share) =>
    THEMES.flatMap((theme) => SIZES.flatMap((size) => CONTEXTS.map((context) => join(share, 'icons', theme, size, context)))),
  );
  const folders = [...themed, ...shares.map((share) => join(share, 'pixmaps'))];
  return folders.flatMap((folder) => file.map((name) => join(folder, name))).find((candidate) => existsSync(candidate));
}

/** The icon, if the file still is one: a regular file of sensible size that begins as its kind does. */
export function readIconFile(file: string): Icon | undefined {
  const bytes = readBounded(file);
  return bytes && iconOf(bytes);
}

/** The icon that these bytes are, going by how they begin; undefined for anything else than a PNG or an SVG of sensible size. */
export function iconOf(bytes: Buffer): Icon | undefined {
  if (bytes.length > MAX_ICON_BYTES) return undefined;
  if (bytes.subarray(0, PNG_SIGNATURE.length).equals(PNG_SIGNATURE)) return { contentType: 'image/png', bytes };
  return isSvg(bytes) ? { contentType: 'image/svg+xml', bytes } : undefined;
}

const isImageName = (file: string): boolean => ['.svg', '.png'].includes(extname(file));

/** Enough to keep other files out: browsers parse it as XML whatever it is. */
function isSvg(bytes: Buffer): boolean {
  const text = bytes.toString('utf8', 0, 16_384);
  return /^\uFEFF?\s*</.test(text) && /<(?:svg:)?svg[\s>]/.test(text);
}

function readBounded(file: string): Buffer | undefined {
  let descriptor: number | undefined;
  try {
    // Not to wait at a pipe that somebody put there.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (!status.isFile() || status.size > MAX_ICON_BYTES) return undefined;
    const bytes = Buffer.alloc(status.size);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, status.size, 0));
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
