/** What the apiserver's refusals mean: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
import { DeskhandError } from '#libs/common';
import { detailOf } from './container.observation.js';

/** A refusal without a meaning of its own: trying again may help. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';

  /** @param status of the HTTP answer; @param reason of the Status object, such as `AlreadyExists` */
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(`the apiserver answered ${status} ${reason}: ${message}`);
  }
}

/** There was no answer: whether what was asked has been done is not known. */
export class ClusterUnanswered extends Error {
  override readonly name = 'ClusterUnanswered';

  constructor(cause: unknown) {
    super('the apiserver did not answer', { cause });
  }
}

/** What went wrong, with what was behind it. */
export const messageOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${messageOf(error.cause)}` : '';
  return `${error instanceof Error ? error.message : String(error)}${cause}`;
};

/** @throws the error as the port has it: a cluster that did not answer, or was too busy to, is a runtime that cannot be asked */
export function throwAtPort(error: unknown): never {
  const isPassing = error instanceof ClusterUnanswered || (error instanceof ClusterError && (error.status === 429 || error.status >= 500));
  throw isPassing ? new DeskhandError('RUNTIME_UNAVAILABLE', detailOf(messageOf(error)), {}, { cause: error }) : error;
}

/**
 * @param text body of the answer, a Status object as a rule
 * @param isFresh it may have just started: for a moment it refuses what it does not know yet, such as who may do what
 */
export function refusalOf(status: number, text: string, isFresh = false): Error {
  const { reason = '', message = text } = statusOf(text);
  const detail = detailOf(message);
  if (isFresh && (status === 401 || status === 403)) return new ClusterError(status, reason, detail);
  // The quota was made or changed a moment ago and is still being counted; an admission plug-in does not know enough yet.
  if (status === 403 && /status unknown for quota|not yet ready to handle request/.test(message))
    return new ClusterError(status, reason, detail);
  if (status === 403 && /exceeded quota/.test(message)) return new DeskhandError('QUOTA_EXCEEDED', detail);
  if (status === 403 && /cannot (?:\w+) resource/.test(message)) return new DeskhandError('RUNTIME_FORBIDDEN', rightOf(message) ?? detail);
  // An admission plug-in such as Pod Security, or the apiserver's own validation.
  if (status === 403 || status === 422 || (status === 400 && reason === 'BadRequest')) return new DeskhandError('POD_REFUSED', detail);
  // Nothing can be made in a namespace that is not there, or of more than 3 MiB, such as a Secret with the files of a login.
  if (status === 413 || (status === 404 && /^namespaces "[^"]+" not found$/.test(message))) return new DeskhandError('POD_REFUSED', detail);
  if (status === 401) return new DeskhandError('RUNTIME_FORBIDDEN', 'The cluster does not know the account that Deskhand uses there.');
  return new ClusterError(status, reason, detail);
}

export const isNotFound = (error: unknown): boolean => error instanceof ClusterError && error.status === 404;
export const isThere = (error: unknown): boolean => error instanceof ClusterError && error.reason === 'AlreadyExists';

function statusOf(text: string): { reason?: string; message?: string } {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: unknown; message?: unknown };
    return { ...(typeof reason === 'string' ? { reason } : {}), ...(typeof message === 'string' ? { message } : {}) };
  } catch {
    return {};
  }
}

/** RBAC's own sentence, without the name of the object: which verb on which resource who lacks. */
function rightOf(message: string): string | undefined {
  const [, who, verb, resource, group] = /User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"/.exec(message) ?? [];
  return who && `${who} may not ${verb} ${resource}${group ? `.${group}` : ''}.`;
}
