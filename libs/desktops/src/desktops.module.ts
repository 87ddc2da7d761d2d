/** Wires the desktops: commands, queries, views and the reconciliation that this process does. */
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { PersistentViews, type ViewDefinition, type ViewRow } from '#libs/event-sourcing';
import { IdentityModule } from '#libs/identity';
import { ProgressModule } from '#libs/progress';
import { RuntimeModule } from '#libs/runtime';
import { TokensModule } from '#libs/tokens';
import { desktopCommandHandlers } from './desktop.handlers.js';
import { DesktopNotices } from './desktop.notices.js';
import { GetDesktopHandler } from './desktop.queries.js';
import { DesktopReconciliation } from './desktop.reconciliation.js';
import { DesktopViews } from './desktop.views.js';

/** What desktops have MongoDB keep, for programs that build it again. */
export async function desktopViewDefinitions(): Promise<readonly ViewDefinition<ViewRow>[]> {
  const { desktopsView } = await import('./mongo/desktops.view.js');
  return [desktopsView] as unknown as readonly ViewDefinition<ViewRow>[];
}

const desktopRows = {
  provide: Symbol('deskhand.desktop-rows'),
  inject: [{ token: PersistentViews, optional: true }],
  useFactory: async (views: PersistentViews | undefined) => views && new (await import('./mongo/desktop-rows.js')).DesktopRows(views),
};

@Module({
  imports: [CqrsModule, IdentityModule, ProgressModule, RuntimeModule, TokensModule],
  providers: [desktopRows, DesktopViews, DesktopReconciliation, DesktopNotices, GetDesktopHandler, ...desktopCommandHandlers],
  exports: [DesktopViews, CqrsModule],
})
export class DesktopsModule {}
