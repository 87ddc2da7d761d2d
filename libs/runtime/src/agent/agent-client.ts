/** The control plane's calls to an agent: both sides prove that they know the run's secret. See docs/agent-protocol.md. */
import { type ClientRequest, type IncomingMessage, type RequestOptions, request } from 'node:http';
import { DeskhandError, type ErrorCode, errorCatalogue } from '#libs/common';
import { type AgentIdentity, PROOF_HEADER, proveToAgent } from '#libs/tokens';
import type { Endpoint } from '../runtime.js';

/** A run's agent: where it listens and what proves that it is the one. */
export interface AgentTarget extends AgentIdentity {
  readonly endpoint: Endpoint;
}

const TIMEOUT_MS = 3_000;
const MAX_BODY = 256 * 1024;

/** Opens a request of scope `operate`; nothing is sent until `end`. */
export function openAgentRequest(target: AgentTarget, method: string, path: string, options: RequestOptions = {}) {
  const proof = proveToAgent(target, { method, path, scopes: ['operate'] });
  const { address: host, port } = target.endpoint;
  const sent: ClientRequest = request({
    host,
    port,
    method,
    path,
    timeout: TIMEOUT_MS,
    ...options,
    headers: { ...options.headers, [PROOF_HEADER]: proof.header },
  });
  return { sent, isAnswer: (answer: IncomingMessage): boolean => proof.isAnswer(answer.headers[PROOF_HEADER] as string | undefined) };
}

/**
 * @returns the body of the answer
 * @throws DeskhandError with the agent's own code, or `DESKTOP_UNREACHABLE`
 */
export async function callAgent(target: AgentTarget, method: string, path: string, body?: object): Promise<string> {
  const payload = body === undefined ? '' : JSON.stringify(body);
  const { sent, isAnswer } = openAgentRequest(target, method, path, {
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  sent.end(payload);
  let answer: IncomingMessage;
  let text = '';
  try {
    answer = await new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
    for await (const chunk of answer.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_BODY) throw new Error('the answer is too long');
    }
  } catch (error) {
    throw new DeskhandError('DESKTOP_UNREACHABLE', 'The desktop did not answer the control plane.', {}, { cause: error });
  } finally {
    sent.destroy();
  }
  if (!isAnswer(answer)) throw new DeskhandError('DESKTOP_UNREACHABLE', 'Something else answers at the address of the desktop.');
  if ((answer.statusCode ?? 500) >= 400) throw agentError(text);
  return text;
}

/** What an agent's answer of an error says. */
export function agentError(text: string): DeskhandError {
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    if (typeof code === 'string' && Object.hasOwn(errorCatalogue, code))
      return new DeskhandError(code as ErrorCode, String(detail).slice(0, 500));
  } catch {
    // Not a problem document: as good as no answer.
  }
  return new DeskhandError('DESKTOP_UNREACHABLE', 'The desktop answered with an error that is not understood.');
}
