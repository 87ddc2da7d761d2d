/** The list of stages between the click and the desktop, folded from what the server reports. Pure; times are epoch milliseconds. */
import type { ProblemFields } from '../api/problem.js';
import type { ProgressLine } from '../api/types.js';

export const STAGES = ['signed-in', 'requested', 'scheduled', 'image', 'starting', 'display'] as const;
export type StageName = (typeof STAGES)[number];

/** These phases report that something is done; the others that it has begun. */
const FACTS: readonly string[] = ['signed-in', 'requested', 'scheduled'];
const LINES_KEPT = 200;

export type Failure = Pick<ProblemFields, 'code' | 'detail' | 'remedy' | 'traceId'>;
export type Outcome = { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly failure: Failure };

export interface StageList {
  /** Index in STAGES of what happens now; STAGES.length when all is done. */
  readonly position: number;
  /** How long each took, in milliseconds; missing where it was skipped or nobody measured it. */
  readonly took: Partial<Record<StageName, number>>;
  /** Server's time of the last step; missing until it named one. */
  readonly boundary?: number;
  /** Our time of the last step. */
  readonly since: number;
  readonly lines: readonly ProgressLine[];
  readonly outcome?: Outcome;
}

export type Report =
  | { readonly type: 'line'; readonly line: ProgressLine; readonly now: number }
  /** The server answered the request for a desktop. */
  | { readonly type: 'accepted'; readonly now: number }
  | { readonly type: 'ready'; readonly at?: string; readonly now: number }
  | { readonly type: 'failed'; readonly failure: Failure; readonly now: number };

/** A list for somebody who has just logged in, which took `signedInMs`, or who was logged in before. */
export const beginStages = (now: number, login: { tookMs?: number; lines?: readonly ProgressLine[] } = {}): StageList => ({
  position: 1,
  took: login.tookMs === undefined ? {} : { 'signed-in': login.tookMs },
  since: now,
  lines: login.lines ?? [],
});

const stageAfter = (phase: string): number => {
  const index = (STAGES as readonly string[]).indexOf(phase);
  return FACTS.includes(phase) ? index + 1 : index;
};

/** Whatever lies between here and `to` is done: the current stage took the time since the last step, the others were skipped. */
function advance(list: StageList, to: number, at: number, now: number): StageList {
  const boundary = Number.isFinite(at) ? at : undefined;
  const current = STAGES[list.position];
  if (to <= list.position || !current) {
    return list.boundary === undefined && boundary !== undefined && list.position > 1 ? { ...list, boundary } : list;
  }
  const measured = boundary !== undefined && list.boundary !== undefined ? boundary - list.boundary : now - list.since;
  const { boundary: previous, ...rest } = list;
  const reached = boundary ?? previous;
  return {
    ...rest,
    position: to,
    took: { ...list.took, [current]: Math.max(0, measured) },
    since: now,
    ...(reached === undefined ? {} : { boundary: reached }),
  };
}

export function report(list: StageList, news: Report): StageList {
  if (list.outcome) return list;
  switch (news.type) {
    case 'line': {
      if (list.lines.some((line) => line.id === news.line.id)) return list;
      const lines = [...list.lines, news.line].slice(-LINES_KEPT);
      return { ...advance(list, stageAfter(news.line.phase), Date.parse(news.line.at), news.now), lines };
    }
    case 'accepted':
      return advance(list, stageAfter('requested'), Number.NaN, news.now);
    case 'ready':
      return { ...advance(list, STAGES.length, Date.parse(news.at ?? ''), news.now), outcome: { kind: 'ready' } };
    case 'failed':
      return { ...list, since: news.now, outcome: { kind: 'failed', failure: news.failure } };
    default:
      return news satisfies never;
  }
}

export type StageState = 'waiting' | 'active' | 'done' | 'failed';

export function stateOf(list: StageList, stage: StageName): StageState {
  const index = STAGES.indexOf(stage);
  if (index < list.position) return 'done';
  if (index > list.position) return 'waiting';
  return list.outcome?.kind === 'failed' ? 'failed' : 'active';
}
