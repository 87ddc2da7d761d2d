/** The lines to gateways: what ends is said at once, a pulse says that nothing was missed, and the last word that this replica leaves. */
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DeskhandError } from '#libs/common';
import { EventStore } from '#libs/event-sourcing';
import { AgentProofVerifier, DENIALS_PULSE_MS, type DenialMessage, KeyRing, lineIdentity, PROOF_HEADER } from '#libs/tokens';
import { Departure } from '../http/departure.js';
import { denialOf, startOfDenials } from './denials.js';

const MAX_LINES = 200;

@Injectable()
export class DenialStreams {
  readonly #logger = new Logger('gateways');
  readonly #proofs: AgentProofVerifier;
  #open = 0;

  constructor(
    ring: KeyRing,
    private readonly store: EventStore,
    private readonly departure: Departure,
  ) {
    this.#proofs = new AgentProofVerifier(lineIdentity(ring.lineSecret));
  }

  /**
   * Returns when the gateway has gone, or this replica leaves.
   *
   * @param after position up to which the gateway has heard everything
   * @throws DeskhandError `AGENT_PROOF_INVALID`, `TOO_MANY_CONNECTIONS`
   */
  async stream(request: Request, response: Response, after: number): Promise<void> {
    const proof = request.headers[PROOF_HEADER];
    const { answer } = this.#proofs.verify(typeof proof === 'string' ? proof : undefined, request.method, request.originalUrl);
    if (this.#open >= MAX_LINES) throw new DeskhandError('TOO_MANY_CONNECTIONS');
    this.#open++;
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    try {
      response.status(200).set({ 'content-type': 'application/x-ndjson', [PROOF_HEADER]: answer });
      response.flushHeaders();
      await this.#tell(response, after, gone.signal);
    } catch (error) {
      if (!gone.signal.aborted) this.#logger.warn({ msg: 'a line to a gateway broke off', err: error });
    } finally {
      this.#open--;
      response.end();
    }
  }

  async #tell(response: Response, after: number, gone: AbortSignal): Promise<void> {
    const say = async (message: DenialMessage): Promise<void> => {
      if (!response.write(`${JSON.stringify(message)}\n`)) await once(response, 'drain', { signal: gone });
    };
    const ended = AbortSignal.any([gone, this.departure.signal]);
    // A position beyond the last event is of another log, such as one that was in memory.
    const from = Math.max(await startOfDenials(this.store), after <= (await this.store.head()) ? after : 0);
    let position = from;
    const subscription = this.store.follow({
      name: 'denials',
      from,
      handle: async (event) => {
        const denied = denialOf(event);
        if (denied) await say({ position: event.position, denied, at: Date.parse(event.recordedAt) });
        position = event.position;
      },
    });
    // What is waited for then ends too.
    const leave = (): void => void subscription.stop();
    ended.addEventListener('abort', leave, { once: true });
    try {
      while (!ended.aborted) {
        // A store that cannot be read makes this wait, and the gateway miss the pulse.
        await subscription.caughtUp().catch((error) => {
          if (!ended.aborted) throw error;
        });
        if (ended.aborted) break;
        await say({ position });
        await pause(DENIALS_PULSE_MS, undefined, { signal: ended }).catch(() => {});
      }
      if (!gone.aborted) await say({ leaving: true });
    } finally {
      await subscription.stop();
    }
  }
}
