/** What makes a process look at a desktop at once: its own appends, those of others to desktops that it holds, and work that it takes over. Polls and sweeps rest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { configurationSchema } from '#libs/common';
import type { Lease, ReactOptions } from '#libs/event-sourcing';
import type { LoginFiles } from '#libs/identity';
import type { DesktopRun, Observed, Runtime } from '#libs/runtime';
import { DesktopSecrets } from '#libs/tokens';
import { DesktopNotices } from '../../libs/desktops/src/desktop.notices.js';
import { DesktopReconciliation } from '../../libs/desktops/src/desktop.reconciliation.js';
import { DesktopViews } from '../../libs/desktops/src/desktop.views.js';
import { SqliteEventStore } from '../../libs/event-sourcing/src/sqlite/sqlite-event-store.js';
import { MemoryProgress } from '../../libs/progress/src/memory/memory-progress.js';
import { eventually } from '../support/eventually.js';

const NEVER_MS = 3_600_000;
const STREAM = 'desktop-leela';

/** A runtime that never gets on by itself, and says what it was told. */
class SlowRuntime {
  readonly told: string[] = [];
  isAway = false;
  #runs: DesktopRun[] = [];

  async observe(): Promise<Observed> {
    if (this.isAway) return { status: 'unknown', reason: 'it is away' };
    return { status: 'known', runs: this.#runs.map(({ run }) => ({ run, phase: 'pending', applications: [] })) };
  }
  async list(): Promise<readonly DesktopRun[]> {
    return [];
  }
  async startDesktop({ desktop, run }: DesktopRun): Promise<void> {
    this.told.push(`start ${run}`);
    this.#runs = [{ desktop, run }];
  }
  async stopDesktop({ run }: DesktopRun): Promise<void> {
    this.told.push(`stop ${run}`);
  }
  onChange(): () => void {
    return () => {};
  }
}

let folder: string;
let store: SqliteEventStore;
/** As another process has the same file. */
let other: SqliteEventStore;
let runtime: SlowRuntime;
let views: DesktopViews;
let progress: MemoryProgress;
let reconciliation: DesktopReconciliation;
/** Of the reaction, which another process has. */
let elsewhere: Lease | undefined;

const open = () => new SqliteEventStore(join(folder, 'events.sqlite'), { pollMs: NEVER_MS });
const at = () => new Date().toISOString();
const requested = () => {
  const owner = { provider: 'planet-express', subject: 'leela', name: 'leela' };
  return { type: 'DesktopRequested', data: { run: 1, at: at(), owner, profile: 'standard', settings: { width: 640, height: 480 } } };
};

/** Without timers. */
async function told(what: string): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until && !runtime.told.includes(what); )
    await new Promise((resolve) => setImmediate(resolve));
  expect(runtime.told).toContain(what);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-reconciliation-'));
  [store, other] = [open(), open()];
  elsewhere = await other.acquireLease('desktops', NEVER_MS);
  runtime = new SlowRuntime();
  progress = new MemoryProgress({ topics: 10, linesPerTopic: 10 });
  views = new DesktopViews(store, progress);
  const notices = new DesktopNotices(runtime as unknown as Runtime, views, progress);
  await views.onModuleInit();
  const configuration = configurationSchema.parse({ desktops: { sweepMs: NEVER_MS } });
  const files = { of: async () => ({}) } as unknown as LoginFiles;
  const secrets = new DesktopSecrets(new Uint8Array(32));
  reconciliation = new DesktopReconciliation(store, runtime as unknown as Runtime, views, notices, secrets, files, configuration);
});
afterEach(async () => {
  vi.useRealTimers();
  await reconciliation.onModuleDestroy();
  await views.onModuleDestroy();
  await elsewhere?.release();
  await Promise.all([store.close(), other.close()]);
  rmSync(folder, { recursive: true });
});

it('looks at a desktop when an event of it is appended here, though another process has the reaction', async () => {
  await reconciliation.onApplicationBootstrap();
  await store.append(STREAM, 0, [requested()]);
  await eventually(() => expect(runtime.told).toEqual(['start 1']));
});

it('looks at a desktop that it holds when the view hears of an event of another process', async () => {
  await reconciliation.onApplicationBootstrap();
  // The second after which it would look again by itself never passes.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await store.append(STREAM, 0, [requested()]);
  await told('start 1');
  await other.append(STREAM, 1, [{ type: 'DesktopStopRequested', data: { run: 1, at: at(), reason: 'user' } }]);
  await views.shown();
  await told('stop 1');
});

it('looks at what another process has stored when it takes over the reaction, though its view is behind', async () => {
  let reaction: ReactOptions | undefined;
  const react = vi.spyOn(store, 'react').mockImplementation((options) => {
    reaction = options;
    return {
      caughtUp: async () => {},
      asOf: 0,
      state: () => ({ name: options.name, status: 'running', position: 0 }),
      stop: async () => {},
    };
  });
  await reconciliation.onApplicationBootstrap();
  react.mockRestore();
  await other.append(STREAM, 0, [requested()]);
  await reaction?.onLeaseGained?.();
  await eventually(() => expect(runtime.told).toEqual(['start 1']));
});

it('tells whoever waits that the runtime does not answer, once, and goes on when it does', async () => {
  runtime.isAway = true;
  await reconciliation.onApplicationBootstrap();
  await store.append(STREAM, 0, [requested()]);
  const lines = async () => (await progress.read('desktop-leela-1')).map(({ phase, message }) => [phase, message]);
  await eventually(async () => expect(await lines()).toContainEqual(['requested', expect.stringContaining('does not answer')]));
  await store.append(STREAM, 1, [{ type: 'DesktopConnected', data: { run: 1, at: at() } }]);
  runtime.isAway = false;
  await eventually(() => expect(runtime.told).toEqual(['start 1']));
  expect((await lines()).filter(([, message]) => message?.includes('does not answer'))).toHaveLength(1);
});
