/** Pass 7 for pages: answers from memory. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { DeskhandError } from '#libs/common';
import { HTTPS_ONLY } from './security-headers.js';
import { type Encoding, type Representation, readWebsite, type WebsiteFile } from './website-files.js';

const INDEX = '/index.html';
/** Paths that a person may have typed or followed; a dot would be a file. */
const PAGE = /^(?:\/[\w-]{1,100}){1,4}\/?$/;
/** Other parts of Deskhand have these, or will: a page there would hide that they are missing. */
const NO_PAGES = /^\/(?:api|admin|console|speedtest|d|assets|\.well-known)(?:\/|$)/;
/** Pages of the website beside its start. */
const PAGES: ReadonlySet<string> = new Set(['/', INDEX, '/speedtest', '/speedtest/']);
/** Best first. */
const ENCODINGS: readonly Encoding[] = ['br', 'gzip'];

export class Website {
  readonly #files: ReadonlyMap<string, WebsiteFile>;

  private constructor(files: ReadonlyMap<string, WebsiteFile>) {
    this.#files = files;
  }

  /**
   * @param folder the built website; without one every page is `NOT_FOUND`
   * @param name what the pages call this installation; as they were built, if missing
   */
  static async read(folder: string | undefined, name?: string): Promise<Website> {
    return new Website(folder === undefined ? new Map() : await readWebsite(folder, name));
  }

  /**
   * @param secure whether the browser's side is https
   * @throws DeskhandError `NOT_FOUND`, `METHOD_NOT_ALLOWED`
   */
  answer(path: string, request: IncomingMessage, response: ServerResponse, traceId: string, secure: boolean): void {
    const { method, headers } = request;
    const found = PAGES.has(path) ? INDEX : this.#files.has(path) || !isNavigation(path, headers.accept) ? path : INDEX;
    const file = this.#files.get(found);
    if (!file) throw new DeskhandError('NOT_FOUND');
    if (method !== 'GET' && method !== 'HEAD') throw new DeskhandError('METHOD_NOT_ALLOWED', undefined, { allow: ['GET', 'HEAD'] });
    const { bytes, etag, always, whole } = choose(file, headers['accept-encoding']);
    // The page itself says that there is nothing, in the reader's language; the status says it to everything else.
    const status = found === INDEX && !PAGES.has(path) ? 404 : 200;
    const own = secure ? ['x-trace-id', traceId, ...HTTPS_ONLY] : ['x-trace-id', traceId];
    if (status === 200 && matches(headers['if-none-match'], etag)) response.writeHead(304, [...always, ...own]).end();
    else response.writeHead(status, [...whole, ...own]).end(method === 'HEAD' ? undefined : bytes);
  }
}

function isNavigation(path: string, accept: string | undefined): boolean {
  return PAGE.test(path) && !NO_PAGES.test(path) && (accept ?? '').includes('text/html');
}

function choose({ representations }: WebsiteFile, acceptEncoding: string | undefined): Representation {
  const refused = /;\s*q=0(?:\.0*)?\s*$/;
  const accepted = acceptEncoding === undefined ? [] : acceptEncoding.split(',').filter((coding) => !refused.test(coding));
  const names = accepted.map((coding) => coding.split(';')[0]?.trim().toLowerCase());
  const encoding = ENCODINGS.find((candidate) => names.includes(candidate) && representations.has(candidate)) ?? 'identity';
  return representations.get(encoding) as Representation;
}

/** Weak comparison, as RFC 9110 wants it for If-None-Match. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((candidate) => ['*', etag].includes(candidate.trim().replace(/^W\//, '')));
}
