/** Even a token of ours leads only where desktops may be: never to metadata services, link-local or multicast addresses. */
import { type Configuration, DeskhandError, Networks } from '#libs/common';
import type { DesktopTarget } from '#libs/tokens';

const NEVER = new Networks([
  ...['0.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3', '::', 'fe80::/10', 'ff00::/8'],
  // Metadata services of clouds that are not link-local: Alibaba, Azure, AWS, Google.
  ...['100.100.100.200', '168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254'],
]);
const LOOPBACK = new Networks(['127.0.0.0/8', '::1']);

/** Where the agents of pods listen: what `AGENT_PORT` of libs/runtime says, whose clients a gateway has no use for. */
const POD_PORT = 8090;

export interface TargetOptions {
  readonly loopback: boolean;
  readonly networks?: readonly string[];
  /** Absent: any. */
  readonly ports?: readonly number[];
}

/** Where the desktops of a runtime may be. */
export const targetsOf = (runtime: Configuration['runtime'], ports?: readonly number[]): TargetOptions =>
  runtime.kind === 'local'
    ? { loopback: true, ...(ports ? { ports } : {}) }
    : { loopback: false, networks: runtime.podNetworks, ports: ports ?? [POD_PORT] };

export class Targets {
  readonly #loopback: boolean;
  readonly #networks: Networks;
  readonly #ports: ReadonlySet<number> | undefined;

  constructor({ loopback, networks = [], ports }: TargetOptions) {
    this.#loopback = loopback;
    this.#networks = new Networks(networks);
    this.#ports = ports && new Set(ports);
  }

  /** @throws DeskhandError `DESKTOP_UNREACHABLE` */
  check({ address, port }: DesktopTarget): void {
    const isAllowed = LOOPBACK.has(address) ? this.#loopback : !NEVER.has(address) && this.#networks.has(address);
    if (!isAllowed) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The address of the desktop is outside the networks of desktops.');
    if (this.#ports && !this.#ports.has(port)) throw new DeskhandError('DESKTOP_UNREACHABLE', 'The port is none on which desktops listen.');
  }
}
