/** A part that must answer before this process takes requests; each module that has such parts names them. */
import type { Trouble } from '#libs/event-sourcing';

export interface ReadinessCheck {
  /** What readyz calls it. */
  readonly name: string;
  /** Why it cannot work just now; undefined when it can. A throw counts as down too. */
  check(): Promise<string | undefined>;
}

/** What does not work though this process should go on taking requests, by name, and why. */
export type Impairments = () => Promise<Readonly<Record<string, string>>>;

const TIMEOUT_MS = 2_000;

/**
 * Subscriptions that stand still, by name, and where. What their handlers failed with is in the log and for operators, not for everybody; and it
 * takes no replica out of service, as every one of them would be.
 */
export function stuckSubscriptions(troubles: readonly Trouble[]): Readonly<Record<string, string>> {
  const stuck = troubles.filter(({ instruction }) => instruction?.kind !== 'skip');
  return Object.fromEntries(
    stuck.map(({ subscription, position, type }) => [`subscription ${subscription}`, `stands still at event ${position} (${type})`]),
  );
}

/** What is down, by name, and why. A part that does not answer in time is down. */
export async function whatIsDown(checks: readonly ReadinessCheck[]): Promise<Readonly<Record<string, string>>> {
  const results = await Promise.all(checks.map(async (check) => [check.name, await reasonOf(check)] as const));
  return Object.fromEntries(results.flatMap(([name, reason]) => (reason === undefined ? [] : [[name, reason]])));
}

/** What is said by then; `late` when nothing was. */
export async function inTime<T>(answer: Promise<T>, late: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, TIMEOUT_MS, late);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

// The caught error stays in the log of that part: what it says is not for everybody.
const reasonOf = ({ check }: ReadinessCheck): Promise<string | undefined> =>
  inTime(
    check().catch(() => 'fails'),
    'does not answer',
  );
