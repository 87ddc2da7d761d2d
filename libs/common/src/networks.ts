/** Sets of IP addresses as configuration writes them: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. */
import { BlockList, isIP, isIPv6 } from 'node:net';
import { DeskhandError } from './errors.js';

/** So many answers are remembered: the same few addresses are asked about at every request. */
const REMEMBERED = 1_000;

const family = (address: string) => (isIPv6(address) ? 'ipv6' : 'ipv4');

export class Networks {
  readonly #list = new BlockList();
  readonly #isEmpty: boolean;
  readonly #known = new Map<string, boolean>();

  /** @throws DeskhandError `CONFIGURATION_INVALID` */
  constructor(entries: readonly string[]) {
    this.#isEmpty = entries.length === 0;
    for (const entry of entries) this.#add(entry);
  }

  /** An IPv4 address written as IPv6 (`::ffff:10.0.0.7`) is the same address; what is no address is in no network. */
  has(address: string): boolean {
    if (this.#isEmpty) return false;
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const has = isIP(address) !== 0 && this.#list.check(address, family(address));
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(address, has);
    return has;
  }

  #add(entry: string): void {
    if (!isNetwork(entry))
      throw new DeskhandError('CONFIGURATION_INVALID', `${entry} is neither an IP address nor a network like 10.0.0.0/8.`);
    const [address = '', bits] = entry.split('/');
    if (bits === undefined) this.#list.addAddress(address, family(address));
    else this.#list.addSubnet(address, Number(bits), family(address));
  }
}

/** Whether {@link Networks} can hold it. */
export function isNetwork(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  if (isIP(address) === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32));
}

/** Without a zone, and IPv4 as IPv4 where it is written as IPv6: one spelling for a peer, whether the socket is IPv4 or both. */
export const plainAddress = (address: string | undefined): string =>
  address?.includes(':') ? address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '') : (address ?? '');
