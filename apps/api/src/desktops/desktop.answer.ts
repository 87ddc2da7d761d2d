/** Shapes a desktop's state into what the HTTP contract shows of it. Pure. */
import { errorCatalogue, userIdOf } from '#libs/common';
import type { ApplicationState, DesktopReading, KnownDesktop } from '#libs/desktops';
import type { ApplicationAnswer } from './application.dto.js';
import type { DesktopAnswer } from './desktop.dto.js';

/** @param idleSeconds after which a desktop without browsers is ended */
export function desktopAnswer({ id, state, observed }: DesktopReading, idleSeconds: number): DesktopAnswer {
  const { run, status, owner, profile, requestedAt, readyAt, lastDisconnectedAt } = state;
  return {
    id,
    run,
    status,
    observed,
    ...causeOf(state),
    owner: { id: userIdOf(owner), name: owner.name, provider: owner.provider },
    profile,
    requestedAt,
    ...(readyAt === undefined ? {} : { readyAt }),
    ...(lastDisconnectedAt === undefined ? {} : { lastDisconnectedAt }),
    ...expiryOf(state, idleSeconds),
    applications: state.applications.map(applicationAnswer),
  };
}

export function applicationAnswer({ id, application, status, requestedAt, exitCode, cause }: ApplicationState): ApplicationAnswer {
  return {
    id,
    application,
    status,
    requestedAt,
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(cause === undefined ? {} : { cause: cause.code, detail: cause.detail }),
  };
}

function causeOf(state: KnownDesktop): Pick<DesktopAnswer, 'cause' | 'detail' | 'remedy'> {
  if (state.status !== 'failed') return {};
  return { cause: state.cause.code, detail: state.cause.detail, remedy: errorCatalogue[state.cause.code].remedy };
}

function expiryOf(state: KnownDesktop, idleSeconds: number): Pick<DesktopAnswer, 'expiresAt'> {
  if (state.status !== 'ready' || state.connected) return {};
  const since = Date.parse(state.lastDisconnectedAt ?? state.readyAt);
  return { expiresAt: new Date(since + idleSeconds * 1000).toISOString() };
}
