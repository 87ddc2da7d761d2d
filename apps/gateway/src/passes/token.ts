/** Pass 6: the desktop token that fits the desktop in the address. */
import type { IncomingHttpHeaders } from 'node:http';
import { DeskhandError } from '#libs/common';
import { type DesktopGrant, type DesktopTokenVerifier, desktopCookie, readCookies } from '#libs/tokens';
import type { DenyList } from '../deny-list.js';

/** More cookies of one name than this is nobody's browser. */
const MAX_CANDIDATES = 4;

export class Admission {
  readonly #tokens: Pick<DesktopTokenVerifier, 'known' | 'verify'>;
  readonly #denyList: DenyList;

  constructor(tokens: Pick<DesktopTokenVerifier, 'known' | 'verify'>, denyList: DenyList) {
    this.#tokens = tokens;
    this.#denyList = denyList;
  }

  /**
   * At once where the token is known; a promise only where it has to be verified.
   * @param secure whether the browser's side is https
   * @throws DeskhandError (or rejects) `DESKTOP_TOKEN_INVALID`, whatever is wrong; `TOO_MANY_REQUESTS` under a flood of new tokens
   */
  admit(headers: IncomingHttpHeaders, desktop: string, secure: boolean): DesktopGrant | Promise<DesktopGrant> {
    const tokens = tokensOf(headers, secure);
    for (const token of tokens) {
      const grant = this.#tokens.known(token);
      if (grant && this.#fits(grant, desktop)) return grant;
    }
    return this.#verify(tokens, desktop);
  }

  async #verify(tokens: readonly string[], desktop: string): Promise<DesktopGrant> {
    let refusal: DeskhandError | undefined;
    for (const token of tokens) {
      try {
        const grant = await this.#tokens.verify(token);
        if (this.#fits(grant, desktop)) return grant;
      } catch (error) {
        if (!(error instanceof DeskhandError) || error.code !== 'DESKTOP_TOKEN_INVALID') throw error;
        refusal = error;
      }
    }
    throw refusal ?? new DeskhandError('DESKTOP_TOKEN_INVALID');
  }

  #fits(grant: DesktopGrant, desktop: string): boolean {
    return grant.desktop === desktop && !this.#denyList.denies(grant);
  }
}

/** The bearer token where there is one, else every cookie of the name: somebody may have planted another beside ours. */
function tokensOf(headers: IncomingHttpHeaders, secure: boolean): readonly string[] {
  if (headers.authorization === undefined) return readCookies(headers.cookie, desktopCookie(secure)).slice(0, MAX_CANDIDATES);
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization)?.[1];
  return bearer === undefined ? [] : [bearer];
}
