/** Pass 6: the desktop token that fits the desktop in the address. */
import type { IncomingHttpHeaders } from 'node:http';
import { DeskhandError } from '#libs/common';
import { type DesktopGrant, type DesktopTokenVerifier, desktopCookie, readCookies } from '#libs/tokens';
import type { DenyList } from '../deny-list.js';

/** More cookies of one name than this is nobody's browser. */
const MAX_CANDIDATES = 4;

export class Admission {
  readonly #tokens: Pick<DesktopTokenVerifier, 'verify'>;
  readonly #denyList: DenyList;

  constructor(tokens: Pick<DesktopTokenVerifier, 'verify'>, denyList: DenyList) {
    this.#tokens = tokens;
    this.#denyList = denyList;
  }

  /**
   * @param secure whether the browser's side is https
   * @throws DeskhandError `DESKTOP_TOKEN_INVALID`, whatever is wrong; `TOO_MANY_REQUESTS` under a flood of new tokens
   */
  async admit(headers: IncomingHttpHeaders, desktop: string, secure: boolean): Promise<DesktopGrant> {
    let refusal: DeskhandError | undefined;
    for (const token of tokensOf(headers, secure)) {
      try {
        const grant = await this.#tokens.verify(token);
        if (grant.desktop === desktop && !this.#denyList.denies(grant)) return grant;
      } catch (error) {
        if (!(error instanceof DeskhandError) || error.code !== 'DESKTOP_TOKEN_INVALID') throw error;
        refusal = error;
      }
    }
    throw refusal ?? new DeskhandError('DESKTOP_TOKEN_INVALID');
  }
}

/** The bearer token where there is one, else every cookie of the name: somebody may have planted another beside ours. */
function tokensOf(headers: IncomingHttpHeaders, secure: boolean): readonly string[] {
  if (headers.authorization === undefined) return readCookies(headers.cookie, desktopCookie(secure)).slice(0, MAX_CANDIDATES);
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1];
  return bearer === undefined ? [] : [bearer];
}
