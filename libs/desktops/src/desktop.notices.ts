/** Puts what the runtime says while a desktop starts among the lines of its progress. Losing one never matters. */
import { createHash } from 'node:crypto';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { desktopTopic, Progress, type ProgressLine } from '#libs/progress';
import { Runtime, type RuntimeNotice } from '#libs/runtime';
import { DesktopViews } from './desktop.views.js';

/** How many lines one start may have from here: a cluster may complain for minutes. */
const MAX_NOTICES = 30;
const REMEMBERED_RUNS = 5_000;

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
    this.#stop = this.runtime.onNotice((notice) => {
      this.#tell(notice).catch((error: unknown) => this.#logger.warn({ msg: 'a line of progress was lost', err: error }));
    });
  }

  onModuleDestroy(): void {
    this.#stop?.();
  }

  async #tell(notice: RuntimeNotice): Promise<void> {
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
export function noticeLine({ at, phase, message }: RuntimeNotice, position: number): ProgressLine {
  const digest = createHash('sha256').update(message).digest('hex').slice(0, 8);
  return { id: `${String(position).padStart(16, '0')}-n${Date.parse(at)}-${digest}`, at, phase, message };
}
