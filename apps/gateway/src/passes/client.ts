/** Pass 2: who is at the other end, and by which name and protocol they came; forwarded headers count from listed proxies only. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { type Networks, plainAddress } from '#libs/common';

export interface Client {
  readonly address: string;
  /** Whether the browser's side of the line is https: decides on the names of cookies. */
  readonly secure: boolean;
  /** Name and port that the browser used, lower case. */
  readonly host: string;
}

export function clientOf(request: Pick<IncomingMessage, 'headers'> & { socket: { remoteAddress?: string } }, proxies: Networks): Client {
  const { headers, socket } = request;
  const peer = plainAddress(socket.remoteAddress);
  const host = (headers.host ?? '').toLowerCase();
  if (!proxies.has(peer)) return { address: peer, secure: false, host };
  return {
    address: forwardedAddress(headers['x-forwarded-for'], peer, proxies),
    secure: last(headers['x-forwarded-proto'])?.toLowerCase() === 'https',
    host: last(headers['x-forwarded-host'])?.toLowerCase() ?? host,
  };
}

/** From the right, past our own proxies: the first address that is none of them. Everything left of it the client may have invented. */
function forwardedAddress(header: string | string[] | undefined, peer: string, proxies: Networks): string {
  const addresses = list(header).map((value) => plainAddress(withoutPort(value)));
  const address = addresses.findLast((each) => !proxies.has(each)) ?? addresses[0] ?? peer;
  // A proxy that does not know writes a word such as `unknown`; nobody can be counted by that.
  return isIP(address) === 0 ? peer : address;
}

/** Some proxies write the client's port too: `192.0.2.7:4711`, `[2001:db8::1]:4711`. */
const withoutPort = (value: string): string => value.replace(/^\[([^\]]*)\](?::\d+)?$/, '$1').replace(/^(\d+(?:\.\d+){3}):\d+$/, '$1');

const list = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');

/** The last value is the one that our proxy wrote. */
const last = (header: string | string[] | undefined): string | undefined => list(header).at(-1);
