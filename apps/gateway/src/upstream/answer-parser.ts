/** Reads the answers of an upstream (RFC 9112) as they come, strictly: what could be read in two ways is an error and ends the connection. */

export interface AnswerHead {
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/** What a piece of input yielded. */
export interface Progress {
  /** The head, in the step in which it was complete. */
  readonly head?: AnswerHead;
  /** Parts of the body; they point into the input. */
  readonly body: readonly Buffer[];
  readonly isComplete: boolean;
}

const MAX_HEAD_BYTES = 64 * 1024;
const MAX_LINE_BYTES = 4096;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/;
const CHUNK_SIZE = /^([\da-f]{1,12})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const NOTHING = Buffer.alloc(0);

type State = 'head' | 'length' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'until-close' | 'complete';

/** One answer; a new one for each. */
export class AnswerParser {
  readonly #isHead: boolean;
  #state: State = 'head';
  #kept: Buffer = NOTHING;
  /** Bytes of the body or of the chunk that are still to come. */
  #left = 0;
  #isPersistent = true;

  /** @param method of the request */
  constructor(method: string) {
    this.#isHead = method === 'HEAD';
  }

  /** Whether another request may follow on the connection. */
  get isReusable(): boolean {
    return this.#state === 'complete' && this.#isPersistent;
  }

  /** @throws TypeError for what is no answer, and for bytes behind its end */
  push(input: Buffer): Progress {
    const body: Buffer[] = [];
    let head: AnswerHead | undefined;
    let rest = this.#kept.length > 0 ? Buffer.concat([this.#kept, input]) : input;
    this.#kept = NOTHING;
    while (rest.length > 0) {
      if (this.#state === 'complete') throw new TypeError('bytes behind the end of an answer');
      if (this.#state === 'head') {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) {
          rest = this.#keep(rest, MAX_HEAD_BYTES);
          break;
        }
        head = this.#readHead(rest.toString('latin1', 0, end)) ?? head;
        rest = rest.subarray(end + 4);
      } else if (this.#state === 'length' || this.#state === 'chunk' || this.#state === 'until-close') {
        const part = this.#state === 'until-close' ? rest : rest.subarray(0, this.#left);
        body.push(part);
        rest = rest.subarray(part.length);
        if (this.#state !== 'until-close') this.#count(part.length);
      } else {
        const end = rest.indexOf('\r\n');
        if (end < 0) {
          rest = this.#keep(rest, MAX_LINE_BYTES);
          break;
        }
        this.#readLine(rest.toString('latin1', 0, end));
        rest = rest.subarray(end + 2);
      }
    }
    return { ...(head ? { head } : {}), body, isComplete: this.#state === 'complete' };
  }

  /** The connection has ended. @throws TypeError when the answer was not complete */
  end(): void {
    if (this.#state !== 'until-close' && this.#state !== 'complete') throw new TypeError('the connection ended within an answer');
    this.#state = 'complete';
    this.#isPersistent = false;
  }

  /** The input is used again by its owner: what is kept is a copy. */
  #keep(rest: Buffer, most: number): Buffer {
    if (rest.length > most) throw new TypeError('a line or head of the answer is too long');
    this.#kept = Buffer.from(rest);
    return NOTHING;
  }

  #count(bytes: number): void {
    this.#left -= bytes;
    if (this.#left === 0) this.#state = this.#state === 'length' ? 'complete' : 'chunk-end';
  }

  #readLine(line: string): void {
    if (this.#state === 'chunk-end') {
      if (line !== '') throw new TypeError('a chunk does not end where it should');
      this.#state = 'chunk-size';
    } else if (this.#state === 'trailer') {
      // What stands behind the last chunk is read and forgotten.
      if (line === '') this.#state = 'complete';
      else if (!HEADER.test(line)) throw new TypeError('a malformed trailer');
    } else {
      const size = CHUNK_SIZE.exec(line)?.[1];
      if (size === undefined) throw new TypeError('a malformed chunk size');
      this.#left = Number.parseInt(size, 16);
      this.#state = this.#left === 0 ? 'trailer' : 'chunk';
    }
  }

  /** @returns undefined for an interim answer, which is nobody's business */
  #readHead(text: string): AnswerHead | undefined {
    const [first = '', ...lines] = text.split('\r\n');
    const [, minor, digits] = STATUS_LINE.exec(first) ?? [];
    if (digits === undefined) throw new TypeError('the answer is not HTTP/1');
    const rawHeaders: string[] = [];
    for (const line of lines) {
      const [, name, value] = HEADER.exec(line) ?? [];
      if (name === undefined || value === undefined) throw new TypeError('the answer has a malformed header');
      rawHeaders.push(name, value);
    }
    const status = Number(digits);
    if (status === 101) throw new TypeError('the answer changes the protocol, which was not asked for');
    if (status < 200) return undefined;
    this.#frame(status, rawHeaders, minor === '1');
    return { status, rawHeaders };
  }

  /** Where the body ends (RFC 9112, 6.3). */
  #frame(status: number, rawHeaders: readonly string[], isHttp11: boolean): void {
    const lengths = valuesOf(rawHeaders, 'content-length');
    const codings = valuesOf(rawHeaders, 'transfer-encoding');
    const connection = valuesOf(rawHeaders, 'connection').join(',').toLowerCase();
    this.#isPersistent = isHttp11 ? !/(?:^|[, ])close(?:$|[, ])/.test(connection) : false;
    if (codings.length > 0 && (codings.length > 1 || lengths.length > 0 || codings[0]?.toLowerCase() !== 'chunked'))
      throw new TypeError('the length of the answer can be read in two ways');
    if (lengths.length > 1 || (lengths[0] !== undefined && !/^\d{1,15}$/.test(lengths[0])))
      throw new TypeError('the length of the answer can be read in two ways');
    if (this.#isHead || status === 204 || status === 304) this.#state = 'complete';
    else if (codings.length > 0) this.#state = 'chunk-size';
    else if (lengths[0] === undefined) this.#state = 'until-close';
    else {
      this.#left = Number(lengths[0]);
      this.#state = this.#left === 0 ? 'complete' : 'length';
    }
  }
}

/** @param name in lower case */
export function valuesOf(rawHeaders: readonly string[], name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const found = rawHeaders[index] as string;
    if (found.length === name.length && found.toLowerCase() === name) values.push(rawHeaders[index + 1] as string);
  }
  return values;
}
