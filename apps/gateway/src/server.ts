/** How Node's HTTP server is set up to be unbreakable: bounds on what it reads, and an answer to bytes that are no HTTP. */
import type { Server, ServerOptions, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DeskhandError, type ErrorCode } from '#libs/common';
import { endWithProblem, newTraceId } from './answers.js';
import type { GatewayLimits } from './gateway.options.js';

export function tuneServer(limits: GatewayLimits): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    // How far beyond the time-outs a slow request gets.
    connectionsCheckingInterval: Math.min(1_000, limits.headersMs),
    keepAlive: true,
    keepAliveInitialDelay: limits.keepAliveProbeMs,
    noDelay: true,
    // We answer a missing host ourselves.
    requireHostHeader: false,
    // Anything else that wants to upgrade, such as h2c, is an ordinary request.
    shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
  };
}

const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMED_OUT',
};

const NEWEST_ANSWER = Symbol('newest answer');
type Answering = Socket & { [NEWEST_ANSWER]?: ServerResponse };

/** Whether an answer is still under way on this connection: our own bytes would run into it. */
export function isAnswering(socket: Socket): boolean {
  return (socket as Answering)[NEWEST_ANSWER]?.writableFinished === false;
}

/** Answers what never became a request; on a connection that an answer is under way on, only closing is left. */
export function answerBrokenRequests(server: Server): void {
  server.on('request', ({ socket }, response) => {
    (socket as Answering)[NEWEST_ANSWER] = response;
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable || error.code === 'ECONNRESET' || isAnswering(socket)) socket.destroy();
    else endWithProblem(socket, new DeskhandError(CODES[error.code ?? ''] ?? 'INVALID_REQUEST'), newTraceId());
  });
  server.on('connect', (_, socket) =>
    endWithProblem(socket as Socket, new DeskhandError('INVALID_REQUEST', 'This is no proxy.'), newTraceId()),
  );
}
