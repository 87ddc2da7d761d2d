/**
 * A login that leads through the provider's pages: what has to come back with the browser. It travels sealed in a cookie of that browser, so no replica
 * keeps anything, and nobody else's browser can end what this one began.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Seal } from '#libs/tokens';

/** Somebody has to log in at the provider, perhaps find a second factor: but not longer. */
export const JOURNEY_SECONDS = 600;
/** More cookies of the name than this is nobody's browser. */
const MAX_TICKETS = 3;

export interface Journey {
  /** Ties the answer to this browser (RFC 6749, 10.12). */
  readonly state: string;
  /** Ties the ID token to this login (OpenID Connect, 3.1.2.1). */
  readonly nonce: string;
  /** Ties the code to this login (RFC 7636). */
  readonly verifier: string;
  /** Id of the session that it opens: one journey opens one session, however often its answer is shown. */
  readonly session: string;
}

export const newJourney = (): Journey => ({
  state: randomBytes(32).toString('base64url'),
  nonce: randomBytes(32).toString('base64url'),
  verifier: randomBytes(32).toString('base64url'),
  session: randomUUID(),
});

const purposeOf = (provider: string): string => `login ${provider}`;

export const ticketOf = (seal: Seal, provider: string, journey: Journey): string =>
  seal.close(purposeOf(provider), JSON.stringify(journey), JOURNEY_SECONDS);

/** The journey that this answer ends; undefined where the browser did not begin it with this provider, or too long ago. */
export function journeyOf(seal: Seal, provider: string, tickets: readonly string[], state: string | null): Journey | undefined {
  return tickets
    .slice(0, MAX_TICKETS)
    .map((ticket) => seal.open(purposeOf(provider), ticket))
    .map((opened) => (opened === undefined ? undefined : (JSON.parse(opened) as Journey)))
    .find((journey) => journey !== undefined && journey.state === state);
}
