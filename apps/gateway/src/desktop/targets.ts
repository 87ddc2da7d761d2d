/** Even a token of ours leads only where desktops may be: never to metadata services, link-local or multicast addresses. */
import { type Configuration, DeskhandError, Networks } from '#libs/common';
import type { DesktopTarget } from '#libs/tokens';

const NEVER = new Networks([
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::', 'fe80::/10', 'ff00::/8'],
  // Metadata services of clouds that are not link-local: Alibaba, Azure, AWS.
  ...['100.100.100.200', '168.63.129.16', 'fd00:ec2::254'],
]);
const LOOPBACK = new Networks(['127.0.0.0/8', '::1']);

export interface TargetOptions {
  readonly loopback: boolean;
  readonly networks?: readonly string[];
}

/** Where the desktops of a runtime may be. */
export const targetsOf = (runtime: Configuration['runtime']): TargetOptions =>
  runtime.kind === 'local' ? { loopback: true } : { loopback: false, networks: runtime.podNetworks };

export class Targets {
  readonly #loopback: boolean;
  readonly #networks: Networks;

  constructor({ loopback, networks = [] }: TargetOptions) {
    this.#loopback = loopback;
    this.#networks = new Networks(networks);
  }

  /** @throws DeskhandError `DESKTOP_UNREACHABLE` */
  check({ address }: DesktopTarget): void {
    const isAllowed = LOOPBACK.has(address) ? this.#loopback : !NEVER.has(address) && this.#networks.has(address);
    if (!isAllowed) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The address of the desktop is outside the networks of desktops.');
  }
}
