/** What went wrong at a provider's pages, as the address says that the server sent this browser back to. Anybody can write such an address. */
import { Problem } from '../api/problem.js';
import { en } from '../i18n/en.js';

export interface Returned {
  /** Id of the provider. */
  readonly provider: string;
  readonly problem: Problem;
}

/** The person's own matter: nobody else needs a code to mend it. */
const OWN: readonly string[] = ['LOGIN_CANCELLED', 'LOGIN_NOT_BEGUN', 'NOT_ALLOWED', 'TOO_MANY_ATTEMPTS'];

/** @param search of the address, with its question mark */
export function returnedBy(search: string): Returned | undefined {
  const asked = new URLSearchParams(search);
  const code = asked.get('failed');
  if (code === null) return undefined;
  const known = Object.hasOwn(en.errors, code) ? code : 'UNEXPECTED_ANSWER';
  const traceId = /^[\w-]{8,64}$/.exec(asked.get('trace') ?? '')?.[0];
  const problem = new Problem({ status: OWN.includes(known) ? 401 : 500, code: known, detail: '', traceId });
  return { provider: asked.get('provider') ?? '', problem };
}

/** Reads it once: a page that is loaded again has nothing to tell any more. */
export function takeReturned(): Returned | undefined {
  const returned = returnedBy(location.search);
  if (returned) history.replaceState(null, '', location.pathname);
  return returned;
}
