/** Networks of our own on this machine, joined by lines that can be cut: what is sent then is lost without a word, as with a pulled plug. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const run = (command: string, ...argv: readonly string[]): string =>
  execFileSync(command, argv, { env: { PATH }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 10_000, encoding: 'utf8' });

const DROP =
  'table inet cut { chain in { type filter hook input priority 0; policy drop; }; chain out { type filter hook output priority 0; policy drop; }; }';

let made = 0;

export class CutNetworks {
  readonly #names: string[] = [];

  /** @returns why this machine cannot have any; undefined when it can */
  static whyNot(): string | undefined {
    if (process.getuid?.() !== 0) return 'it takes root';
    const networks = new CutNetworks();
    try {
      const name = networks.add();
      networks.cut(name);
      return undefined;
    } catch (error) {
      return `networks of its own cannot be made here: ${(error as Error).message.split('\n').slice(0, 2).join(' ')}`;
    } finally {
      networks.remove();
    }
  }

  /** @returns its name */
  add(): string {
    const name = `deskhand-${process.pid}-${made++}`;
    run('ip', 'netns', 'add', name);
    this.#names.push(name);
    run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    return name;
  }

  /** A line between two of them. @param ends name and address, such as `10.77.1.1`, which end in the same /24 */
  join(...ends: readonly [name: string, address: string][]): void {
    const devices = ends.map(() => `dh${process.pid}x${made++}`.slice(0, 15)) as [string, string];
    const [[here], [there]] = ends as [[string, string], [string, string]];
    run('ip', '-n', here, 'link', 'add', devices[0], 'type', 'veth', 'peer', 'name', devices[1], 'netns', there);
    ends.forEach(([name, address], index) => {
      run('ip', '-n', name, 'address', 'add', `${address}/24`, 'dev', devices[index] as string);
      run('ip', '-n', name, 'link', 'set', devices[index] as string, 'up');
    });
  }

  /** What runs a program there, in front of its own command. */
  inside(name: string): readonly string[] {
    return ['ip', 'netns', 'exec', name];
  }

  /** From now on nothing comes in or goes out: no end of a connection, no refusal. */
  cut(name: string): void {
    run('ip', 'netns', 'exec', name, 'nft', DROP);
  }

  remove(): void {
    for (const name of this.#names.splice(0)) run('ip', 'netns', 'delete', name);
  }
}

/** Connections that stand, as the kernel sees it from the network that a process is in. @param port of its own end @param from an address at the other end */
export function established(pid: number, port: number, from?: string): number {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  const remote =
    from
      ?.split('.')
      .reverse()
      .map((part) => Number(part).toString(16).toUpperCase().padStart(2, '0'))
      .join('') ?? '[0-9A-F]{8}';
  return [...readFileSync(`/proc/${pid}/net/tcp`, 'utf8').matchAll(new RegExp(`[0-9A-F]{8}:${local} ${remote}:[0-9A-F]{4} 01 `, 'g'))]
    .length;
}

/** Whether somebody listens on the port, in the network that the process is in. */
export function listens(pid: number, port: number): boolean {
  const local = port.toString(16).toUpperCase().padStart(4, '0');
  return new RegExp(`[0-9A-F]{8}:${local} 00000000:0000 0A `).test(readFileSync(`/proc/${pid}/net/tcp`, 'utf8'));
}
