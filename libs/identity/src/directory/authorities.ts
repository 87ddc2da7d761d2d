/** Reads the file of those who vouch for a directory's servers. */
import { readFileSync } from 'node:fs';
import { DeskhandError, isCertificates } from '#libs/common';

/** @throws DeskhandError `CONFIGURATION_INVALID` */
export function readAuthorities(id: string, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    const pem = readFileSync(file, 'utf8');
    if (isCertificates(pem)) return pem;
  } catch (error) {
    throw unusable(id, `its caFile ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  throw unusable(id, `its caFile ${file} is not certificates in PEM`);
}

export const unusable = (id: string, why: string): DeskhandError =>
  new DeskhandError('CONFIGURATION_INVALID', `The provider ${id} is not usable: ${why}.`);
