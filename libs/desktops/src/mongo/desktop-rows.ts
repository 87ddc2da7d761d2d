/** Has this process feed the view of all desktops when no other does. */
import type { OnModuleDestroy } from '@nestjs/common';
import type { PersistentView, PersistentViews } from '#libs/event-sourcing';
import { type DesktopRow, desktopsView } from './desktops.view.js';

export class DesktopRows implements OnModuleDestroy {
  readonly view: PersistentView<DesktopRow>;

  constructor(views: PersistentViews) {
    this.view = views.open(desktopsView);
  }

  async onModuleDestroy(): Promise<void> {
    await this.view.stop();
  }
}
