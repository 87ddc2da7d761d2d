/** One line to the agent of every run that has an address, opened when it is first asked for. */
import type { DesktopRun, Endpoint } from '../runtime.js';
import { AgentFeed } from './agent-feed.js';
import type { AgentStatus } from './agent-status.js';

export class AgentFeeds {
  readonly #feeds = new Map<string, AgentFeed>();

  /** @param onChange called with a desktop's id after everything that its agent says */
  constructor(private readonly onChange: (desktop: string) => void) {}

  /** What the agent said last; undefined until it spoke, and while the line is broken. @param secret asked for once, when the line is opened */
  listen({ secret, ...target }: DesktopRun & { readonly endpoint: Endpoint; readonly secret: () => Uint8Array }): AgentStatus | undefined {
    const key = keyOf(target);
    const feed = this.#feeds.get(key) ?? new AgentFeed({ ...target, secret: secret() }, () => this.onChange(target.desktop));
    this.#feeds.set(key, feed);
    return feed.latest;
  }

  /** Hangs up. */
  end(run: DesktopRun): void {
    this.#feeds.get(keyOf(run))?.close();
    this.#feeds.delete(keyOf(run));
  }

  close(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }
}

const keyOf = ({ desktop, run }: DesktopRun): string => `${desktop}-${run}`;
