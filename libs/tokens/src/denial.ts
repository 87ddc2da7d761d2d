/** What the control plane tells gateways: tokens outlive what they were issued for by some minutes, and these are worth nothing any more. */
import { z } from 'zod';
import { DESKTOP_ID } from '#libs/common';
import { DESKTOP_TOKEN_SECONDS } from './desktop-token.js';

/** A session that ended, a desktop as a whole, or one run of it. */
export type Denied = { readonly session: string } | { readonly desktop: string; readonly run?: number };

/** A token issued just before still counts for its whole life; a minute more for clocks that differ. */
export const DENIAL_LIFE_MS = (DESKTOP_TOKEN_SECONDS + 60) * 1000;

/** Where gateways ask for denials; no browser ever comes here. */
export const DENIALS_PATH = '/internal/v1/denials';
/** At least so often something is said on the line, milliseconds: a gateway that hears nothing for long knows that it has lost it. */
export const DENIALS_PULSE_MS = 500;

/** Who speaks on the line, for the proof that both know the secret of the line ({@link KeyRing.lineSecret}). No desktop is called so. */
export const lineIdentity = (secret: Uint8Array) => ({ desktop: 'gateways', run: 0, secret });

/** A line of the answer, which never ends by itself. */
export type DenialMessage =
  /** Since `at`, milliseconds since the epoch. */
  | { readonly position: number; readonly denied: Denied; readonly at: number }
  /** Everything up to this position was said. */
  | { readonly position: number }
  /** This replica takes no new requests. */
  | { readonly leaving: true };

const run = z
  .int()
  .min(1)
  .max(2 ** 31);
const deniedSchema = z.union([
  z.strictObject({ session: z.string().min(1).max(100) }),
  z.strictObject({ desktop: z.string().regex(DESKTOP_ID), run: run.optional() }),
]);
const position = z.int().min(0);
const messageSchema = z.union([
  z.strictObject({ position, denied: deniedSchema, at: z.number().min(0) }),
  z.strictObject({ position }),
  z.strictObject({ leaving: z.literal(true) }),
]);

/** @throws when the line is none of ours */
export const parseDenialMessage = (line: string): DenialMessage => messageSchema.parse(JSON.parse(line)) as DenialMessage;
