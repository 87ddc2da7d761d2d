/** Wires the desktops: commands, queries, views and the reconciliation that this process does. */
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ProgressModule } from '#libs/progress';
import { RuntimeModule } from '#libs/runtime';
import { TokensModule } from '#libs/tokens';
import { desktopCommandHandlers } from './desktop.handlers.js';
import { DesktopNotices } from './desktop.notices.js';
import { GetDesktopHandler } from './desktop.queries.js';
import { DesktopReconciliation } from './desktop.reconciliation.js';
import { DesktopViews } from './desktop.views.js';

@Module({
  imports: [CqrsModule, ProgressModule, RuntimeModule, TokensModule],
  providers: [DesktopViews, DesktopReconciliation, DesktopNotices, GetDesktopHandler, ...desktopCommandHandlers],
  exports: [DesktopViews, CqrsModule],
})
export class DesktopsModule {}
