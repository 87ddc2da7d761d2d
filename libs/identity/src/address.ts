/** What a client's IP address says about it. */
import { isIPv6 } from 'node:net';
import { Networks, plainAddress } from '#libs/common';

const loopback = new Networks(['127.0.0.0/8', '::1']);

export const isLoopback = (address: string): boolean => loopback.has(plainAddress(address));

/** The part of an address that one client cannot change at will: all of IPv4, the /64 of IPv6. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const groups = groupsOf(plain);
  const [high = 0, low = 0] = groups.slice(6);
  const isIPv4 = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isIPv4) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight numbers of an IPv6 address, however it is written. */
function groupsOf(address: string): readonly number[] {
  // URLs have one spelling for each address: lower case, without dots, the longest row of zeros left out.
  const spelt = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [front = [], back = []] = spelt.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].map((group) => Number.parseInt(group, 16));
}
