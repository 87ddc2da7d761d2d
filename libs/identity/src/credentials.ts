/** What every provider with names and passwords demands of them before anybody is asked. */
import { DeskhandError } from '#libs/common';
import type { Credentials } from './identity-provider.js';

const LONGEST_PASSWORD = 1024;

/** @throws DeskhandError `INVALID_REQUEST` naming what is missing */
export function checkedCredentials({ username, password }: Credentials): { readonly username: string; readonly password: string } {
  if (username !== undefined && password !== undefined) return { username, password };
  const fields = {
    ...(username === undefined ? { username: 'is needed for this way of logging in' } : {}),
    ...(password === undefined ? { password: 'is needed for this way of logging in' } : {}),
  };
  throw new DeskhandError('INVALID_REQUEST', `Not valid: ${Object.keys(fields).join(', ')}.`, { fields });
}

/** Whether it is worth asking about: an empty one above all never reaches a directory, which would take it for nobody's. */
export const isPassword = (password: string): boolean => password !== '' && password.length <= LONGEST_PASSWORD && !password.includes('\0');
