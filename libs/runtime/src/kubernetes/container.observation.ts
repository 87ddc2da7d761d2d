/** Reads from a container's state why it waits or ended. What it says comes out of a desktop: bounded before it is believed. Pure. */
import type { ErrorCode } from '#libs/common';
import type { Cause } from '../runtime.js';
import type { ContainerStatus } from './kubernetes.objects.js';

type State = NonNullable<ContainerStatus['state']>;

const MAX_DETAIL = 500;
/** `128 + signal` of programs that crashed: ILL, TRAP, ABRT, BUS, FPE, SEGV, SYS (signal(7)). */
const CRASHES = new Map([
  [132, 'SIGILL'],
  [133, 'SIGTRAP'],
  [134, 'SIGABRT'],
  [135, 'SIGBUS'],
  [136, 'SIGFPE'],
  [139, 'SIGSEGV'],
  [159, 'SIGSYS'],
]);
/** By SIGKILL, which no program sends itself. */
const KILLED = 137;
/** An image of which the kubelet or the registry says for certain that there is none: https://kubernetes.io/docs/concepts/containers/images/ */
const NO_SUCH_IMAGE = /not found|manifest unknown|unauthorized|denied|invalid reference/i;

/** One line without control characters. */
export const detailOf = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, MAX_DETAIL);

export interface Waiting {
  readonly cause: Cause;
  /** Waiting longer will not help. */
  readonly isTerminal: boolean;
}

/** Why the container does not run yet; undefined when that is just taking its time. */
export function waitingOf(state: State | undefined, image: string | undefined): Waiting | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const detail = detailOf(`${image ?? 'The image'}: ${reason}${message ? `: ${message}` : ''}`);
  switch (reason) {
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return { cause: { code: 'IMAGE_UNAVAILABLE', detail }, isTerminal: true };
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'ImageInspectError':
    case 'RegistryUnavailable':
      return { cause: { code: 'IMAGE_UNAVAILABLE', detail }, isTerminal: NO_SUCH_IMAGE.test(message) };
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
    case 'RunContainerError':
      return { cause: { code: 'CONTAINER_FAILED', detail }, isTerminal: false };
    default:
      return undefined;
  }
}

/** Why a desktop's container ended. */
export function desktopEndOf({ exitCode, reason = '', message = '' }: NonNullable<State['terminated']>): Cause {
  if (reason === 'OOMKilled') return { code: 'OUT_OF_MEMORY', detail: 'The desktop needed more memory than its limit.' };
  const said = agentCauseOf(message);
  if (said) return said;
  const words = detailOf(message);
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return { code: 'CONTAINER_FAILED', detail: words };
  if (exitCode === 0) return { code: 'AGENT_EXITED', detail: 'Its agent was told to end by somebody else.' };
  return { code: 'CONTAINER_FAILED', detail: `It ended with exit code ${exitCode}${words ? `; its last words: ${words}` : ''}.` };
}

/** Why an application failed; undefined when it just ended. */
export function applicationFailureOf({ exitCode, reason = '', message = '' }: NonNullable<State['terminated']>): Cause | undefined {
  if (reason === 'OOMKilled') return { code: 'OUT_OF_MEMORY', detail: 'The application needed more memory than it may have.' };
  if (reason === 'StartError' || reason === 'ContainerCannotRun') return { code: 'APPLICATION_FAILED', detail: detailOf(message) };
  // The limit of a whole pod kills without a word, and programs that need too much are what is killed as a rule.
  if (exitCode === KILLED)
    return { code: 'APPLICATION_CRASHED', detail: 'It was killed by somebody else, maybe for the memory that it needed.' };
  const signal = CRASHES.get(exitCode);
  return signal === undefined ? undefined : { code: 'APPLICATION_CRASHED', detail: `It was ended by ${signal}.` };
}

/** What an agent ends with; the file can be written by programs of the user too, who shall blame nobody else. */
const AGENT_CAUSES: ReadonlySet<string> = new Set<ErrorCode>([
  'DISPLAY_ENDED',
  'DISPLAY_FAILED',
  'AGENT_EXITED',
  'PROGRAM_MISSING',
  'PORT_IN_USE',
  'CONFIGURATION_INVALID',
]);

/** The agent's own words, as docs/agent-protocol.md has them in `failureFile`. */
function agentCauseOf(message: string): Cause | undefined {
  try {
    const { code, detail } = JSON.parse(message) as { code?: unknown; detail?: unknown };
    if (typeof code !== 'string' || !AGENT_CAUSES.has(code)) return undefined;
    return { code: code as ErrorCode, detail: detailOf(String(detail)) };
  } catch {
    return undefined;
  }
}
