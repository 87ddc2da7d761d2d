/** Reads the head of an agent's answer to an upgrade, strictly: the agent is not trusted, and every byte after its head goes to a browser. */

export interface AnswerHead {
  readonly status: number;
  /** By lower-case name; a name stands there once. */
  readonly headers: ReadonlyMap<string, string>;
}

const MAX_HEAD_BYTES = 16 * 1024;
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})(?: [\t -~]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([\t -~]*?)[ \t]*$/;

/** Takes bytes as they come until the head is whole. */
export class AnswerHeadReader {
  #bytes: Buffer | undefined;

  /**
   * @returns undefined while the head is not whole; then the head, and a copy of the bytes that came after it
   * @throws TypeError when it is no HTTP/1.1, too long, or names a header twice
   */
  read(piece: Uint8Array): { readonly head: AnswerHead; readonly rest: Buffer } | undefined {
    // A copy in any case: the piece's memory is used again.
    const bytes = this.#bytes ? Buffer.concat([this.#bytes, piece]) : Buffer.from(piece);
    const end = bytes.indexOf('\r\n\r\n');
    if (end > MAX_HEAD_BYTES || (end < 0 && bytes.length > MAX_HEAD_BYTES)) throw new TypeError('the head of the answer is too long');
    this.#bytes = bytes;
    return end < 0 ? undefined : { head: parseHead(bytes.toString('latin1', 0, end)), rest: bytes.subarray(end + 4) };
  }
}

function parseHead(text: string): AnswerHead {
  const [first = '', ...lines] = text.split('\r\n');
  const status = STATUS_LINE.exec(first)?.[1];
  if (status === undefined) throw new TypeError('the answer is not HTTP/1.1');
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined || headers.has(name.toLowerCase()))
      throw new TypeError('the answer has a malformed header');
    headers.set(name.toLowerCase(), value);
  }
  return { status: Number(status), headers };
}
