/** Where the server of a URL listens, as Node's sockets want it. */

/** @param url `http:`; an IPv6 address stands in brackets there, and here without */
export const addressOf = ({ hostname, port }: URL): { readonly host: string; readonly port: number } => ({
  host: hostname.replace(/^\[|\]$/g, ''),
  port: Number(port || 80),
});
