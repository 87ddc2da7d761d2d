/** Makes what is there agree with what was decided: key -> read the truth -> plan -> act, repeatable from any point by any replica. */
import { DeskhandError, type ErrorCode, faultPoint, type UserIdentity } from '#libs/common';
import { type EventStore, handleCommand, loadState } from '#libs/event-sourcing';
import type { Cause, DesktopSpec, Runtime } from '#libs/runtime';
import { type DesktopCommand, type Finding, ReportDesktopObserved, StopDesktop } from './desktop.commands.js';
import { desktopDecider } from './desktop.decider.js';
import { desktopStream } from './desktop.events.js';
import { makeApplicationSpec, makeDesktopSpec } from './desktop.manifest.js';
import { type Action, type Deadlines, type Plan, planDesktop, type Stranger } from './desktop.plan.js';
import type { DesktopState, KnownDesktop } from './desktop.state.js';

/** An RFB handshake with a display that answers takes milliseconds; one that hangs is tried again. */
const PROBE_TIMEOUT_MS = 3_000;
/** Each round reports something new, and a desktop has only so many phases: more rounds than this are a loop. */
const MAX_ROUNDS = 12;

/** The deadline of the phase ends the trying. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['DESKTOP_UNREACHABLE', 'RUNTIME_UNAVAILABLE']);

export interface ReconcilerParts {
  readonly store: EventStore;
  readonly runtime: Runtime;
  readonly deadlines: Deadlines;
  /** What went wrong last time, by desktop: kept by the caller from what {@link reconcileDesktop} throws. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Since when this process has been the one that tends it, in milliseconds since the epoch. */
  readonly tendedSince: (desktop: string) => number | undefined;
  /** Runs that the log did not know of at the last look, by desktop: kept here from look to look. */
  readonly strangers: Map<string, Stranger>;
  /** The secret of a run. */
  readonly secretOf: (desktop: string, run: number) => Uint8Array;
  /** What the owner's login made for desktops of that profile. */
  readonly userFilesOf: (owner: UserIdentity, profile: string) => Promise<DesktopSpec['userFiles']>;
  /** Told whenever the runtime does not answer: somebody may be waiting. */
  readonly onUnreachable: (desktop: string, state: KnownDesktop) => void;
  /** Asked before each effect: throws when another may be acting on the desktop by now, for instance because this process stood still. */
  readonly mayAct: (desktop: string) => Promise<void>;
}

/**
 * One reconciliation of one desktop.
 *
 * @returns when to look again at the latest, in milliseconds since the epoch; undefined when nothing is left to do
 * @throws whatever the store or the runtime throws: the caller tries again later, and nothing is half done
 */
export async function reconcileDesktop(id: string, parts: ReconcilerParts): Promise<number | undefined> {
  let { state } = await loadState(parts.store, desktopDecider, desktopStream(id));
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const plan = await planFor(id, state, parts);
    const before = state;
    for (const action of plan.actions) {
      await parts.mayAct(id);
      state = await act(action, id, state, parts);
      if (action.kind !== 'report' && action.kind !== 'probe') faultPoint('after', action.kind);
    }
    // Whatever was learnt may call for the next step at once.
    if (state === before) return plan.again;
  }
  return Date.now();
}

async function planFor(id: string, state: DesktopState, parts: ReconcilerParts): Promise<Plan> {
  const { runtime, deadlines, troubles, strangers, tendedSince } = parts;
  const look = async (how?: { readonly fresh: boolean }) => {
    const observed = await runtime.observe(id, how);
    if (observed.status === 'unknown' && state.status !== 'absent') parts.onUnreachable(id, state);
    const recollection = { trouble: troubles.get(id), stranger: strangers.get(id), tendedSince: tendedSince(id) };
    const plan = planDesktop(state, observed, Date.now(), deadlines, recollection);
    if (plan.stranger) strangers.set(id, plan.stranger);
    else strangers.delete(id);
    return plan;
  };
  const plan = await look();
  return plan.byAbsence ? look({ fresh: true }) : plan;
}

async function act(action: Action, id: string, state: DesktopState, parts: ReconcilerParts): Promise<DesktopState> {
  const { runtime } = parts;
  switch (action.kind) {
    case 'stop-desktop':
      await runtime.stopDesktop({ desktop: id, run: action.run });
      return state;
    case 'report':
      return tell(id, state, action.finding, parts);
    case 'stop-idle':
      return execute(new StopDesktop(id, 'idle', new Date().toISOString()), state, parts);
    default:
      return state.status === 'absent' ? state : actOnRun(action, id, state, parts);
  }
}

async function actOnRun(
  action: Exclude<Action, { kind: 'stop-desktop' | 'report' | 'stop-idle' }>,
  id: string,
  state: KnownDesktop,
  parts: ReconcilerParts,
): Promise<DesktopState> {
  const { runtime } = parts;
  const target = { desktop: id, run: state.run };
  switch (action.kind) {
    case 'start-desktop': {
      const userFiles = await parts.userFilesOf(state.owner, state.profile);
      // Reading them may have taken its time.
      await parts.mayAct(id);
      const spec = makeDesktopSpec(id, state, parts.secretOf(id, state.run), userFiles);
      return reportTerminal(
        id,
        state,
        parts,
        () => runtime.startDesktop(spec),
        (cause) => ({ kind: 'failed', cause }),
      );
    }
    case 'probe': {
      const answers = await runtime.probeDisplay({ ...target, endpoint: action.endpoint }, PROBE_TIMEOUT_MS).then(
        () => true,
        () => false,
      );
      return answers ? tell(id, state, { kind: 'ready', endpoint: action.endpoint }, parts) : state;
    }
    case 'start-application':
      return reportTerminal(
        id,
        state,
        parts,
        () => runtime.startApplication(makeApplicationSpec(id, state.run, action.application)),
        (cause) => ({ kind: 'application-failed', id: action.application.id, cause }),
      );
    case 'stop-application':
      await runtime.stopApplication({ ...target, id: action.id });
      return state;
  }
}

/**
 * A coded error of the runtime is a cause that trying again will not mend, unless it says that something could not be reached.
 *
 * @param effect the runtime's alone: what the store says is no cause of a desktop's
 */
async function reportTerminal(
  id: string,
  state: KnownDesktop,
  parts: ReconcilerParts,
  effect: () => Promise<void>,
  findingOf: (cause: Cause) => Finding,
): Promise<DesktopState> {
  try {
    await effect();
    return state;
  } catch (error) {
    if (!(error instanceof DeskhandError)) throw error;
    if (error.code === 'RUNTIME_UNAVAILABLE') parts.onUnreachable(id, state);
    if (PASSING.has(error.code)) throw error;
    return tell(id, state, findingOf({ code: error.code, detail: error.detail }), parts);
  }
}

async function tell(id: string, state: DesktopState, finding: Finding, parts: ReconcilerParts): Promise<DesktopState> {
  if (state.status === 'absent') return state;
  return execute(new ReportDesktopObserved(id, state.run, finding, new Date().toISOString()), state, parts);
}

async function execute(command: DesktopCommand, state: DesktopState, { store }: ReconcilerParts): Promise<DesktopState> {
  const result = await handleCommand(store, desktopDecider, desktopStream(command.desktop), command);
  return result.events.length > 0 ? result.state : state;
}
