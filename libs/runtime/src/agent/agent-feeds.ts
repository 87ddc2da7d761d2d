/** One line to the agent of every run that has an address, opened when it is first asked for. */
import type { DesktopRun, Endpoint } from '../runtime.js';
import { AgentFeed, type HeardStatus } from './agent-feed.js';

export class AgentFeeds {
  /** By desktop, then by run. */
  readonly #feeds = new Map<string, Map<number, AgentFeed>>();

  /** @param onChange called with a desktop's id after everything that its agent says */
  constructor(private readonly onChange: (desktop: string) => void) {}

  /** What the agent said last; undefined until it spoke, and while the line is broken. @param secret asked for once, when the line is opened */
  listen({ secret, ...target }: DesktopRun & { readonly endpoint: Endpoint; readonly secret: () => Uint8Array }): HeardStatus | undefined {
    const { desktop, run } = target;
    // A pod that was made again in its place has another address.
    if (this.#feeds.get(desktop)?.get(run)?.isTo(target.endpoint) === false) this.end(target);
    const runs = this.#feeds.get(desktop) ?? new Map<number, AgentFeed>();
    const feed = runs.get(run) ?? new AgentFeed({ ...target, secret: secret() }, () => this.onChange(desktop));
    this.#feeds.set(desktop, runs.set(run, feed));
    return feed.latest;
  }

  /** Hangs up. */
  end({ desktop, run }: DesktopRun): void {
    const runs = this.#feeds.get(desktop);
    runs?.get(run)?.close();
    runs?.delete(run);
    if (runs?.size === 0) this.#feeds.delete(desktop);
  }

  /** Hangs up on every run of the desktop but these: the others have gone. */
  keep(desktop: string, runs: readonly number[]): void {
    for (const run of [...(this.#feeds.get(desktop)?.keys() ?? [])]) if (!runs.includes(run)) this.end({ desktop, run });
  }

  close(): void {
    for (const runs of this.#feeds.values()) for (const feed of runs.values()) feed.close();
    this.#feeds.clear();
  }
}
