/** Ctrl-C ends everything: every desktop is told to end through the log, as always, and gets the time it needs. */
import { setTimeout as pause } from 'node:timers/promises';
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DesktopViews, StopDesktop } from '#libs/desktops';
import { Runtime } from '#libs/runtime';

const LOOK_AGAIN_MS = 100;

/** @param withinMs after which what is left is swept at the next start */
export async function stopAllDesktops(app: INestApplicationContext, withinMs = 15_000): Promise<void> {
  const views = app.get(DesktopViews);
  const runtime = app.get(Runtime);
  const commands = app.get(CommandBus);
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    await views.shown();
    const ids = views.unfinished();
    // What failed has ended for its user, but may not have gone from the machine yet.
    if (ids.length === 0 && (await runtime.list())?.length === 0) return;
    await Promise.allSettled(ids.map((id) => commands.execute(new StopDesktop(id, 'shutdown', new Date().toISOString()))));
    await pause(LOOK_AGAIN_MS);
  }
}
