/** Tells the stages of one login attempt, without a word about who logs in: whoever knows the attempt's id may read them. */
import { toDeskhandError } from '#libs/common';
import { loginTopic, type Progress, type ProgressLine, type ProgressPhase } from '#libs/progress';

/** A UUID of the client's. */
export const ATTEMPT_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The lines that end the story of an attempt. */
export const LOGIN_ENDS: ReadonlySet<ProgressPhase> = new Set(['signed-in', 'failed']);

export class LoginStages {
  #lines = 0;
  readonly #begun = Date.now();

  constructor(
    private readonly progress: Progress,
    private readonly attempt: string | undefined,
  ) {}

  contacting = () => this.#tell({ phase: 'contacting', message: 'Contacting the directory' });
  verifying = () => this.#tell({ phase: 'verifying', message: 'Checking the name and the password' });
  secrets = () => this.#tell({ phase: 'secrets', message: 'Preparing the session' });
  signedIn = () => this.#tell({ phase: 'signed-in', message: 'Signed in' });

  failed(error: unknown): Promise<void> {
    const { code, detail } = toDeskhandError(error);
    return this.#tell({ phase: 'failed', message: detail, code });
  }

  async #tell(line: Pick<ProgressLine, 'phase' | 'message' | 'code'>): Promise<void> {
    if (this.attempt === undefined) return;
    // Sorts as text, also after the lines of an earlier login that used the same id.
    const id = `${String(this.#begun).padStart(16, '0')}-${this.#lines++}`;
    await this.progress.publish(loginTopic(this.attempt.toLowerCase()), { id, at: new Date().toISOString(), ...line });
  }
}
