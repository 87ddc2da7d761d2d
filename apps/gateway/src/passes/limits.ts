/** Pass 1: a request has a sane method, address and size. */
import type { IncomingMessage } from 'node:http';
import { DeskhandError } from '#libs/common';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
/** Printable ASCII without backslash: browsers and proxies disagree on what the rest means. */
const PATH = /^\/[!-[\]-~]*$/;

/**
 * @returns the path as it came, without its query and not decoded: nothing here looks behind percent signs
 * @throws DeskhandError `METHOD_NOT_ALLOWED`; `URL_TOO_LONG`; `INVALID_REQUEST` for an address that is not a path (a proxy's absolute form, `*`)
 *   or has characters that no URL has
 */
export function withinLimits({ method = '', url = '' }: IncomingMessage, { urlBytes }: { urlBytes: number }): string {
  if (!METHODS.includes(method)) throw new DeskhandError('METHOD_NOT_ALLOWED', undefined, { allow: METHODS });
  if (url.length > urlBytes) throw new DeskhandError('URL_TOO_LONG', `The address has more than ${urlBytes} bytes.`);
  if (!PATH.test(url)) throw new DeskhandError('INVALID_REQUEST', 'The address is not a path of this server.');
  const mark = url.indexOf('?');
  return mark < 0 ? url : url.slice(0, mark);
}

/**
 * Holds a body to the limit, also one without announced length. What goes beyond never reaches the reader of the request.
 * @param onExceeded called once
 * @throws DeskhandError `BODY_TOO_LARGE` for a body that says so itself; `INVALID_REQUEST` for one that is encoded in another way
 */
export function limitBody(request: IncomingMessage, bodyBytes: number, onExceeded: (error: DeskhandError) => void): void {
  const { headers } = request;
  if (headers['content-length'] !== undefined && Number(headers['content-length']) > bodyBytes) throw tooLarge(bodyBytes);
  if (headers['transfer-encoding'] === undefined) return;
  // Whatever else is named there, such as gzip, nobody behind us would hear of.
  if (headers['transfer-encoding'].toLowerCase() !== 'chunked')
    throw new DeskhandError('INVALID_REQUEST', 'Bodies are encoded in chunks only.');
  const push = request.push.bind(request);
  let left = bodyBytes;
  // The parser hands every piece of the body to `push`: a listener for 'data' would start the flow before the reader is there.
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    if (chunk === null) return left < 0 ? false : push(null);
    if (left < 0) return true;
    left -= chunk.length;
    if (left >= 0) return push(chunk, encoding);
    onExceeded(tooLarge(bodyBytes));
    return true;
  };
}

const tooLarge = (bytes: number) => new DeskhandError('BODY_TOO_LARGE', `The body has more than ${bytes} bytes.`);
