/** Ends the session and the desktop with it. */
import { logOut } from '../api/calls.js';
import { asProblem, type Problem } from '../api/problem.js';
import { noteSignedOut } from './renewal.js';

/** Resolves to what kept it from happening; a session that is over already is as good as ended. */
export async function logOff(): Promise<Problem | undefined> {
  try {
    await logOut({ stopDesktop: true });
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.status !== 401) return problem;
  }
  noteSignedOut();
  return undefined;
}
