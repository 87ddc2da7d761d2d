/** An ordinary request to an agent: our own headers go in, an allow-list of headers comes out, and no page can be made of the answer. */
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { DeskhandError, PROBLEM_CONTENT_TYPE } from '#libs/common';
import { type DesktopGrant, type DesktopScope, PROOF_HEADER, proveToAgent } from '#libs/tokens';

export interface AgentCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly scopes: readonly DesktopScope[];
}

const JSON_TYPES: ReadonlySet<string> = new Set(['application/json', PROBLEM_CONTENT_TYPE]);

/**
 * Asks and hands the answer on.
 * @param signal gives it up
 * @throws DeskhandError `DESKTOP_UNREACHABLE` before the answer has begun
 */
export async function callAgent(
  grant: DesktopGrant,
  call: AgentCall,
  response: ServerResponse,
  answerMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { target, desktop, run } = grant;
  const proof = proveToAgent({ desktop, run, secret: target.secret }, call);
  try {
    const answer = await ask(grant, call, proof.header, AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
    if (!proof.isAnswer(single(answer.headers[PROOF_HEADER]))) throw new TypeError(`an answer ${answer.statusCode} without proof`);
    const status = answer.statusCode ?? 0;
    if (status < 200 || (status >= 300 && status < 400)) throw new TypeError(`an answer ${status} that a desktop has no use for`);
    response.writeHead(status, answerHeaders(answer));
    await pipeline(answer, response);
  } catch (cause) {
    throw new DeskhandError('DESKTOP_UNREACHABLE', undefined, {}, { cause });
  }
}

function ask({ target }: DesktopGrant, { method, path }: AgentCall, proof: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { [PROOF_HEADER]: proof, ...(method === 'POST' ? { 'content-length': 0 } : {}) };
  // A connection of its own each time: one kept from before might belong to somebody else's run by now.
  request({ host: target.address, port: target.port, method, path, headers, agent: false, signal })
    .on('response', resolve)
    .on('error', reject)
    // A 101 that nobody asked for ends the connection without a word.
    .on('close', () => reject(new TypeError('closed without an answer')))
    .end();
  return promise;
}

function answerHeaders({ headers }: IncomingMessage): Record<string, string> {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  const length = headers['content-length'];
  return {
    'content-type': JSON_TYPES.has(type) ? type : 'application/octet-stream',
    ...(length !== undefined ? { 'content-length': length } : {}),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  };
}

const single = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? undefined : header);
