/** Checks what a caller wants started before anything is started. */
import { DeskhandError } from '#libs/common';
import type { ApplicationAnnouncement, ApplicationLaunch } from './agent-status.js';

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

const isId = (value: unknown): value is string => typeof value === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(value);
const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= 200;

/** @throws DeskhandError `MALFORMED_BODY`, or `INVALID_REQUEST` with the fields at fault */
export function parseApplicationLaunch(body: string): ApplicationLaunch {
  const { id, application, command, ...rest } = readObject(body);
  const fields: Record<string, string> = {};
  if (!isId(id)) fields.id = 'must be an id';
  if (!isName(application)) fields.application = 'must be a name';
  if (!isCommand(command)) fields.command = `must be a program and up to ${MAX_ARGUMENTS - 1} arguments`;
  refuse(fields, rest);
  return { id, application, command } as ApplicationLaunch;
}

/** @param id of the path @throws DeskhandError `MALFORMED_BODY`, or `INVALID_REQUEST` with the fields at fault */
export function parseAnnouncement(id: string, body: string): ApplicationAnnouncement {
  const { application, place, machine, ...rest } = readObject(body);
  const fields: Record<string, string> = {};
  if (!isId(id)) fields.id = 'must be an id';
  if (!isName(application)) fields.application = 'must be a name';
  if (place !== 'container' && place !== 'pod') fields.place = 'must be container or pod';
  if (place === 'pod' && !isId(machine)) fields.machine = 'must be a host name';
  if (place === 'container' && machine !== undefined) fields.machine = 'is for pods only';
  refuse(fields, rest);
  return { id, application, place, ...(machine === undefined ? {} : { machine }) } as ApplicationAnnouncement;
}

function readObject(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    throw new DeskhandError('MALFORMED_BODY');
  }
}

function refuse(fields: Record<string, string>, unknown: object): void {
  for (const name of Object.keys(unknown).slice(0, 20)) fields[name.slice(0, 40)] = 'is not known';
  if (Object.keys(fields).length > 0) throw new DeskhandError('INVALID_REQUEST', undefined, { fields });
}
