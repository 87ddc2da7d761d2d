/** Puts what the runtime says while a desktop starts among the lines of its progress. Losing one never matters. */
import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { desktopTopic, Progress, type ProgressLine } from '#libs/progress';
import { Runtime, type RuntimeNotice } from '#libs/runtime';
import type { KnownDesktop } from './desktop.state.js';
import { DesktopViews } from './desktop.views.js';

/** How many lines one start may have from here: a cluster may complain for minutes. */
const MAX_NOTICES = 30;
const REMEMBERED_RUNS = 5_000;
const UNREACHABLE = 'What runs desktops does not answer just now: this is tried again';

/** A line for whoever waits for a run of a desktop. */
type Notice = Pick<RuntimeNotice, 'desktop' | 'run'> & Pick<ProgressLine, 'at' | 'phase' | 'message'>;

@Injectable()
export class DesktopNotices implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('desktops');
  /** What was told of each run: Kubernetes repeats itself. */
  readonly #told = new LRUCache<string, Set<string>>({ max: REMEMBERED_RUNS });
  #stop?: () => void;

  constructor(
    private readonly runtime: Runtime,
    private readonly views: DesktopViews,
    private readonly progress: Progress,
  ) {}

  onModuleInit(): void {
    this.#stop = this.runtime.onNotice((notice) => this.#publish(notice));
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }

  /** The runtime cannot be asked just now, or has not answered: whoever waits for the desktop is told why. */
  unreachable(desktop: string, { run, status }: KnownDesktop): void {
    if (status !== 'requested' && status !== 'starting') return;
    this.#publish({ desktop, run, at: new Date().toISOString(), phase: status, message: UNREACHABLE });
  }

  #publish(notice: Notice): void {
    this.#tell(notice).catch((error: unknown) => this.#logger.warn({ msg: 'a line of progress was lost', err: error }));
  }

  async #tell(notice: Notice): Promise<void> {
    const { desktop, run, message } = notice;
    const position = this.views.waitedFor(desktop, run);
    const topic = desktopTopic(desktop, run);
    const told = this.#told.get(topic) ?? new Set();
    if (position === undefined || told.has(message) || told.size >= MAX_NOTICES) return;
    this.#told.set(topic, told.add(message));
    await this.progress.publish(topic, noticeLine(notice, position));
  }
}

/**
 * Comes after the lines of the event at `position`, in the order of time, and is the same line from whichever replica tells it
 * (see desktop.progress.ts for the ids of theirs).
 */
export function noticeLine({ at, phase, message }: Pick<ProgressLine, 'at' | 'phase' | 'message'>, position: number): ProgressLine {
  const digest = createHash('sha256').update(message).digest('hex').slice(0, 8);
  return { id: `${String(position).padStart(16, '0')}-n${Date.parse(at)}-${digest}`, at, phase, message };
}
