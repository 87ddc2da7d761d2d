/** Reads what the configuration is made of: the YAML file, the environment's overrides, and the files that `file:` names. Gathers what is wrong. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { settings } from './configuration.settings.js';

/** What is wrong with one setting; never contains its value, which may be a secret. */
export interface Fault {
  /** `http.port`, `identity.providers[0].id`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_SECRET_BYTES = 64 * 1024;

/** Settings that the environment overrides, by variable. */
export const ENVIRONMENT_SETTINGS = {
  DESKHAND_PORT: ['http', 'port'],
  DESKHAND_HOST: ['http', 'host'],
  DESKHAND_DATA: ['data'],
  DESKHAND_LOG: ['log', 'level'],
  DESKHAND_METRICS_PORT: ['metrics', 'port'],
  DESKHAND_API: ['gateway', 'api'],
  WORKERS: ['gateway', 'workers'],
} as const satisfies Record<string, readonly string[]>;

const PATHS = new Set(settings.filter((setting) => setting.isPath).map((setting) => setting.path));

/** The tree that the file holds, with `file:` references read and relative paths resolved; undefined when it cannot be read at all. */
export function readConfigurationFile(file: string, faults: Fault[]): unknown {
  const text = readBounded(file, MAX_FILE_BYTES, '', faults);
  if (text === undefined) return undefined;
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    for (const error of document.errors) faults.push({ path: '', message: `is not YAML: ${error.message.split('\n')[0]}` });
    return undefined;
  }
  return complete(document.toJS() ?? {}, '', dirname(resolve(file)), faults);
}

/** Puts the environment's values into the tree; an empty variable counts as none. */
export function overrideByEnvironment(tree: unknown, environment: NodeJS.ProcessEnv): void {
  for (const [variable, keys] of Object.entries(ENVIRONMENT_SETTINGS)) {
    const value = environment[variable];
    if (value) put(tree, keys, toSetting(variable, value));
  }
}

const NUMBERS: ReadonlySet<string> = new Set(['DESKHAND_PORT', 'DESKHAND_METRICS_PORT', 'WORKERS']);

function toSetting(variable: string, text: string): unknown {
  if (NUMBERS.has(variable) && /^\d{1,9}$/.test(text)) return Number(text);
  return variable === 'DESKHAND_API' ? text.split(',').map((item) => item.trim()) : text;
}

function put(tree: unknown, [key, ...rest]: readonly string[], value: unknown): void {
  // A tree that has something else where a group belongs is told so by the schema.
  if (typeof tree !== 'object' || tree === null || key === undefined) return;
  const group = tree as Record<string, unknown>;
  if (rest.length === 0) group[key] = value;
  else {
    group[key] ??= {};
    put(group[key], rest, value);
  }
}

/** `path` carries the items' numbers, `identity.providers[0].id`. */
function complete(value: unknown, path: string, folder: string, faults: Fault[]): unknown {
  if (typeof value === 'string') return completeText(value, path, folder, faults);
  if (Array.isArray(value)) return value.map((item, index) => complete(item, `${path}[${index}]`, folder, faults));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    // A key with nothing behind it is a group whose settings are all commented out.
    Object.entries(value)
      .filter(([, child]) => child !== null)
      .map(([key, child]) => [key, complete(child, path === '' ? key : `${path}.${key}`, folder, faults)]),
  );
}

function completeText(value: string, path: string, folder: string, faults: Fault[]): string | undefined {
  const reference = /^file:(.+)$/.exec(value)?.[1];
  const text = reference === undefined ? value : readBounded(resolve(folder, reference), MAX_SECRET_BYTES, path, faults)?.trimEnd();
  const place = path.replaceAll(/\[\d+\]/g, '[]');
  const isPath = PATHS.has(place) || (place.endsWith('[]') && PATHS.has(place.slice(0, -2)));
  return isPath && text && !isAbsolute(text) ? resolve(folder, text) : text;
}

function readBounded(file: string, limit: number, path: string, faults: Fault[]): string | undefined {
  try {
    const status = statSync(file);
    // Devices and pipes have no size, and no end either.
    if (status.isFile() && status.size <= limit) return readFileSync(file, 'utf8');
    faults.push({ path, message: status.isFile() ? `${file} has ${status.size} bytes; ${limit} at most` : `${file} is not a file` });
    return undefined;
  } catch (error) {
    faults.push({ path, message: `cannot read ${file}: ${reasonOf(error)}` });
    return undefined;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

const reasonOf = (error: unknown): string => REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;
