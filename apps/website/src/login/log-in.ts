/** One attempt to log in: the call, and beside it the stream in which the server names the stages of this very attempt. */
import { attemptProgressPath, logIn, logOut } from '../api/calls.js';
import type { ProgressLine, Provider, User } from '../api/types.js';
import { lineOf } from '../progress/follow-desktop.js';
import { noteSignedIn } from '../session/renewal.js';

export interface Login {
  readonly user: User;
  /** From the click, in milliseconds. */
  readonly tookMs: number;
  readonly lines: readonly ProgressLine[];
}

interface Wish {
  readonly provider: Provider;
  readonly username?: string;
  readonly password?: string;
}

/** Throws `Problem`, or the signal's reason when it was cancelled. */
export async function attemptLogin(wish: Wish, onStage: (phase: string) => void, signal: AbortSignal): Promise<Login> {
  const attempt = crypto.randomUUID();
  const began = performance.now();
  const lines: ProgressLine[] = [];
  const stages = new EventSource(attemptProgressPath(attempt));
  stages.addEventListener('progress', (event) => {
    const line = lineOf(event);
    if (lines.some(({ id }) => id === `login ${line.id}`)) return;
    lines.push({ ...line, id: `login ${line.id}` });
    onStage(line.phase);
  });
  try {
    const { username, password } = wish;
    const credentials = username === undefined || password === undefined ? {} : { username, password };
    const { user, expiresIn } = await logIn({ provider: wish.provider.id, ...credentials, attempt }, signal);
    noteSignedIn(expiresIn);
    return { user, tookMs: performance.now() - began, lines };
  } catch (thrown) {
    // The server may have finished what we gave up: it must not leave a session behind that nobody knows of.
    if (signal.aborted) void logOut({ stopDesktop: false }).catch(() => undefined);
    throw thrown;
  } finally {
    stages.close();
  }
}
