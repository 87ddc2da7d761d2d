/** Names and attributes of the cookies that carry tokens to browsers (RFC 6265bis). */

/**
 * Over https the names carry `__Host-` or `__Secure-`, so that no other site of the domain can plant them; on plain-http loopback
 * browsers would drop such names, so there they stand without prefix.
 */
export const cookieNames = (secure: boolean) =>
  ({
    user: secure ? '__Host-deskhand-user' : 'deskhand-user',
    refresh: secure ? '__Secure-deskhand-refresh' : 'deskhand-refresh',
    desktop: secure ? '__Secure-deskhand-desktop' : 'deskhand-desktop',
    ticket: secure ? '__Secure-deskhand-ticket' : 'deskhand-ticket',
  }) as const;

export const COOKIE_PATHS = {
  user: '/',
  refresh: '/api/v1/auth',
  desktop: (id: string): string => `/d/${id}/`,
  ticket: (provider: string): string => `/api/v1/auth/oauth/${provider}`,
} as const;

interface TokenCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
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
