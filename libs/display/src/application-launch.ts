/** Checks what a caller wants started before anything is started. */
import { DeskhandError } from '#libs/common';
import type { ApplicationLaunch } from './agent-status.js';

/** Bytes of all arguments together; the kernel takes 128 KiB for one. */
const MAX_COMMAND_BYTES = 64 * 1024;
const MAX_ARGUMENTS = 256;

const isCommand = (value: unknown): value is [string, ...string[]] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= MAX_ARGUMENTS &&
  value.every((part) => typeof part === 'string' && !part.includes('\0')) &&
  value[0] !== '' &&
  Buffer.byteLength(value.join('')) <= MAX_COMMAND_BYTES;

/** @throws DeskhandError `MALFORMED_BODY`, or `INVALID_REQUEST` with the fields at fault */
export function parseApplicationLaunch(body: string): ApplicationLaunch {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new DeskhandError('MALFORMED_BODY');
  }
  const { id, application, command, ...rest } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const fields: Record<string, string> = {};
  if (typeof id !== 'string' || !/^[A-Za-z0-9._-]{1,100}$/.test(id)) fields.id = 'must be an id';
  if (typeof application !== 'string' || application === '' || application.length > 200) fields.application = 'must be a name';
  if (!isCommand(command)) fields.command = `must be a program and up to ${MAX_ARGUMENTS - 1} arguments`;
  for (const name of Object.keys(rest).slice(0, 20)) fields[name.slice(0, 40)] = 'is not known';
  if (Object.keys(fields).length > 0) throw new DeskhandError('INVALID_REQUEST', undefined, { fields });
  return { id, application, command } as ApplicationLaunch;
}
