/** One connection to an upstream: a request at a time, and kept for the next one where both sides can. */
import { connect, type Socket } from 'node:net';
import { type AnswerHead, AnswerParser } from './answer-parser.js';

const READ_BYTES = 32 * 1024;

/** Takes an answer as it comes. */
export interface AnswerSink {
  /** @param body copies, which are the sink's @returns whether more may come at once; else it calls {@link UpstreamConnection.resume} */
  take(head: AnswerHead | undefined, body: readonly Buffer[], isComplete: boolean): boolean;
  /** It failed; nothing follows. */
  fail(cause: Error): void;
}

/** It came to nothing before there was a connection: whatever was to be asked was not. */
export class NotConnected extends Error {
  static readonly code = 'NOT_CONNECTED';
  readonly code = NotConnected.code;
}

export interface Times {
  readonly connectMs: number;
  /** Between two pieces of a body. */
  readonly silenceMs: number;
}

export class UpstreamConnection {
  readonly socket: Socket;
  readonly #times: Times;
  readonly #onIdle: (connection: UpstreamConnection) => void;
  #parser: AnswerParser | undefined;
  #sink: AnswerSink | undefined;
  #isSent = true;
  #isConnected = false;
  #answerMs = 0;
  /** Answers so far: a connection without any is new. */
  answers = 0;
  /** Milliseconds of performance.now() at which it had nothing to do any more. */
  idleSince = 0;

  /** @param onIdle called whenever it can take another request */
  constructor(to: { host: string; port: number }, times: Times, onIdle: (connection: UpstreamConnection) => void, onGone: () => void) {
    this.#times = times;
    this.#onIdle = onIdle;
    const onread = {
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback: (length: number, bytes: Uint8Array) => this.#read(bytes as Buffer, length),
    };
    this.socket = connect({ ...to, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000, onread, timeout: times.connectMs });
    this.socket.once('connect', () => {
      this.#isConnected = true;
      this.socket.setTimeout(this.#answerMs);
    });
    this.socket.on('timeout', () => this.socket.destroy(this.#sink ? broken('ETIMEDOUT', 'it took too long') : undefined));
    this.socket.on('error', (error) => this.#fail(this.#isConnected ? error : new NotConnected(error.message, { cause: error })));
    this.socket.on('end', () => this.#end());
    this.socket.once('close', () => {
      this.#fail(broken('ECONNRESET', 'the connection was closed'));
      onGone();
    });
  }

  /**
   * @param head of a request, whole
   * @param hasBody whether more follows; {@link sent} then says when it is out
   * @param answerMs for the head of the answer to come, once there is a connection
   */
  ask(method: string, head: string, hasBody: boolean, sink: AnswerSink, answerMs: number): void {
    this.#parser = new AnswerParser(method);
    this.#sink = sink;
    this.#isSent = !hasBody;
    this.#answerMs = answerMs;
    if (this.#isConnected) this.socket.setTimeout(answerMs);
    this.socket.write(head, 'latin1');
  }

  sent(): void {
    this.#isSent = true;
  }

  resume(): void {
    this.socket.resume();
  }

  /** Whoever asked has gone. */
  giveUp(): void {
    this.#sink = undefined;
    this.socket.destroy();
  }

  /** @param ms for which it may have nothing to do */
  rest(ms: number): void {
    this.idleSince = performance.now();
    this.socket.setTimeout(ms);
  }

  #read(bytes: Buffer, length: number): boolean {
    const [parser, sink] = [this.#parser, this.#sink];
    if (!parser || !sink) {
      // Nobody asked for this.
      this.socket.destroy();
      return true;
    }
    try {
      const { head, body, isComplete } = parser.push(bytes.subarray(0, length));
      if (head) this.socket.setTimeout(this.#times.silenceMs);
      // Copies: the buffer is used again before the other side has taken them.
      const mayGoOn =
        head !== undefined || body.length > 0 || isComplete
          ? sink.take(
              head,
              body.map((part) => Buffer.from(part)),
              isComplete,
            )
          : true;
      if (isComplete) this.#finish();
      return mayGoOn || isComplete;
    } catch (error) {
      this.#fail(error as Error);
      this.socket.destroy();
      return true;
    }
  }

  #end(): void {
    const [parser, sink] = [this.#parser, this.#sink];
    if (!parser || !sink) return;
    try {
      parser.end();
      this.#sink = undefined;
      sink.take(undefined, [], true);
    } catch (error) {
      this.#fail(broken('ECONNRESET', (error as Error).message));
    }
  }

  #finish(): void {
    const mayStay = this.#parser?.isReusable === true && this.#isSent;
    this.#parser = undefined;
    this.#sink = undefined;
    this.answers += 1;
    if (mayStay) this.#onIdle(this);
    else this.socket.destroy();
  }

  #fail(cause: Error): void {
    const sink = this.#sink;
    this.#sink = undefined;
    sink?.fail(cause);
  }
}

/** What a connection broke of, named as the system would. */
export const broken = (code: string, message: string): Error => Object.assign(new Error(message), { code });
