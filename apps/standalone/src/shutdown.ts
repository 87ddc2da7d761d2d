/** Ctrl-C ends everything: every desktop is told to end through the log, as always, and gets the time it needs. */
import type { INestApplicationContext } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DesktopViews, StopDesktop } from '#libs/desktops';

/** @param withinMs after which what is left is swept at the next start */
export async function stopAllDesktops(app: INestApplicationContext, withinMs = 15_000): Promise<void> {
  const views = app.get(DesktopViews);
  const commands = app.get(CommandBus);
  await views.caughtUp();
  const ids = views.unfinished();
  await Promise.allSettled(ids.map((id) => commands.execute(new StopDesktop(id, 'shutdown', new Date().toISOString()))));
  const ended = Promise.all(ids.map((id) => untilOver(views, id)));
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, withinMs);
  await Promise.race([ended, late]);
  clearTimeout(timer);
}

async function untilOver(views: DesktopViews, id: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const check = () => views.unfinished().includes(id) || resolve();
  const off = views.onChanged(id, check);
  check();
  await promise;
  off();
}
