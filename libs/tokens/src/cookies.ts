/** Names and attributes of the cookies that carry tokens to browsers (RFC 6265bis). */

/** Where a cookie of ours stands: its name, and the paths that browsers send it to. */
interface CookiePlace {
  readonly name: string;
  readonly path: string;
}

/**
 * Over https the cookies of a login are `__Host-`: no other host of the domain can plant one, at the price of the path. A desktop's keeps its path, as
 * there may be many, and is `__Secure-`: one that was planted leads to the desktop that it names and to no other. On plain-http loopback browsers would
 * drop such names, so there they stand without prefix, each on its narrowest path.
 */
export function cookiePlaces(secure: boolean) {
  const ofHost = (name: string, path: string): CookiePlace =>
    secure ? { name: `__Host-deskhand-${name}`, path: '/' } : { name: `deskhand-${name}`, path };
  return {
    user: ofHost('user', '/'),
    refresh: ofHost('refresh', '/api/v1/auth'),
    /** @param provider an id: letters, digits and hyphens */
    ticket: (provider: string): CookiePlace => ofHost(`ticket-${provider}`, `/api/v1/auth/oauth/${provider}`),
    desktop: (id: string): CookiePlace => ({ name: desktopCookie(secure), path: desktopPath(id) }),
  };
}

/** One name for all desktops: the path tells them apart. */
export const desktopCookie = (secure: boolean): string => (secure ? '__Secure-deskhand-desktop' : 'deskhand-desktop');

export const desktopPath = (id: string): string => `/d/${id}/`;

interface TokenCookie extends CookiePlace {
  readonly value: string;
  /** 0 removes the cookie. */
  readonly maxAgeSeconds: number;
  readonly secure: boolean;
  /** `Lax` only for what has to come back with a browser that another site sends here. */
  readonly sameSite?: 'Strict' | 'Lax';
}

/** A `Set-Cookie` value. */
export function tokenCookie(cookie: TokenCookie): string {
  const attributes = [
    `${cookie.name}=${cookie.value}`,
    `Path=${cookie.path}`,
    `Max-Age=${Math.floor(cookie.maxAgeSeconds)}`,
    'HttpOnly',
    `SameSite=${cookie.sameSite ?? 'Strict'}`,
  ];
  return [...attributes, ...(cookie.secure ? ['Secure'] : [])].join('; ');
}

/** The values that a `Cookie` header gives a name: more than one where somebody planted another. */
export function readCookies(header: string | undefined, name: string): readonly string[] {
  return (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}
