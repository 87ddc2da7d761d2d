/** Gateway, control plane and agent prove to each other that they know a run's secret, without sending it. See docs/agent-protocol.md. */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { DeskhandError, randomText } from '#libs/common';

export const PROOF_HEADER = 'x-deskhand-proof';
/** What a token lets its holder do on a desktop; `operate` is the control plane's alone and never in a token. */
export type DesktopScope = 'control' | 'view' | 'files' | 'audio';
export type AgentScope = DesktopScope | 'operate';

const AGENT_SCOPES: ReadonlySet<string> = new Set(['audio', 'control', 'files', 'operate', 'view']);
const TOLERANCE_SECONDS = 120;
/** More nonces than this within the tolerance is an attack or a loop: refused rather than forgotten. */
const MAX_NONCES = 20_000;

/** The run whose secret is proved. */
export interface AgentIdentity {
  readonly desktop: string;
  readonly run: number;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

export interface AgentRequest {
  readonly method: string;
  /** Path with query, as it stands in the request line. */
  readonly path: string;
  readonly scopes: readonly AgentScope[];
}

/** The same secret proves every connection to a run. */
const keys = new WeakMap<Uint8Array, KeyObject>();

function keyOf(secret: Uint8Array): KeyObject {
  const key = keys.get(secret) ?? createSecretKey(secret);
  keys.set(secret, key);
  return key;
}

/** Through a key object: Node takes bare bytes at four times the cost. @param secret never changed in place */
const mac = (secret: Uint8Array, lines: readonly (string | number)[]): string =>
  createHmac('sha256', keyOf(secret))
    .update(['deskhand-agent-v1', ...lines].join('\n'))
    .digest('base64url');

const same = (a: string, b: string): boolean => {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
};

/** The caller's half: the header to send, and a check of the answer's header. */
export function proveToAgent(agent: AgentIdentity, request: AgentRequest, nowMs = Date.now()) {
  const scopes = [...new Set(request.scopes)].sort().join(' ');
  const seconds = Math.floor(nowMs / 1000);
  const nonce = randomText(16, 'base64url');
  const proof = mac(agent.secret, ['client', agent.desktop, agent.run, request.method, request.path, scopes, seconds, nonce]);
  const expected = `v1;${mac(agent.secret, ['agent', agent.desktop, agent.run, nonce])}`;
  return {
    header: `v1;${scopes};${seconds};${nonce};${proof}`,
    /** Whether the answer came from the agent that knows the secret. */
    isAnswer: (header: string | undefined): boolean => header !== undefined && same(header, expected),
  };
}

export type AgentProof = ReturnType<typeof proveToAgent>;

/** The agent's half. One instance an agent: it remembers nonces. */
export class AgentProofVerifier {
  readonly #agent: AgentIdentity;
  /** Nonce to the second after which its request would be refused anyway, oldest first. */
  readonly #nonces = new Map<string, number>();

  constructor(agent: AgentIdentity) {
    this.#agent = agent;
  }

  /**
   * @param header value of {@link PROOF_HEADER}
   * @returns what the caller may do, and the header to answer with
   * @throws DeskhandError `AGENT_PROOF_INVALID`
   */
  verify(
    header: string | undefined,
    method: string,
    path: string,
    nowMs = Date.now(),
  ): { scopes: ReadonlySet<AgentScope>; answer: string } {
    const [version, scopes, seconds, nonce, proof, ...rest] = (header ?? '').split(';');
    const { desktop, run, secret } = this.#agent;
    if (version !== 'v1' || scopes === undefined || seconds === undefined || !nonce || !proof || rest.length > 0)
      throw new DeskhandError('AGENT_PROOF_INVALID');
    if (!same(proof, mac(secret, ['client', desktop, run, method, path, scopes, seconds, nonce])))
      throw new DeskhandError('AGENT_PROOF_INVALID');
    const now = Math.floor(nowMs / 1000);
    if (!(Math.abs(now - Number(seconds)) <= TOLERANCE_SECONDS))
      throw new DeskhandError('AGENT_PROOF_INVALID', 'The clocks of caller and desktop differ too much.');
    this.#forget(now);
    if (this.#nonces.has(nonce) || this.#nonces.size >= MAX_NONCES) throw new DeskhandError('AGENT_PROOF_INVALID');
    // A request from a fast clock stays acceptable for up to twice the tolerance.
    this.#nonces.set(nonce, now + 2 * TOLERANCE_SECONDS + 1);
    return {
      scopes: new Set(scopes.split(' ').filter((scope): scope is AgentScope => AGENT_SCOPES.has(scope))),
      answer: `v1;${mac(secret, ['agent', desktop, run, nonce])}`,
    };
  }

  #forget(now: number): void {
    for (const [nonce, until] of this.#nonces) {
      if (until > now) return;
      this.#nonces.delete(nonce);
    }
  }
}
