/** Finds programs of this machine as a session would: on the PATH, and where games lie on Debian. */
import { accessSync, constants, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** Folders that a session's PATH has even where the server's lacks them. */
const MORE_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/games'];

/** The first file of that name that may be run. */
export function findProgram(program: string, path: string = process.env.PATH ?? ''): string | undefined {
  if (isAbsolute(program)) return isProgram(program) ? program : undefined;
  if (program.includes('/')) return undefined;
  const folders = [...path.split(':').filter((folder) => isAbsolute(folder)), ...MORE_FOLDERS];
  return folders.map((folder) => join(folder, program)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
