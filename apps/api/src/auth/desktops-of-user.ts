/** Ends what a user would leave behind who logs off for good. */
import { Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { AuthenticatedUser } from '#libs/common';
import { DesktopViews, StopDesktop } from '#libs/desktops';

@Injectable()
export class DesktopsOfUser {
  constructor(
    private readonly commands: CommandBus,
    private readonly views: DesktopViews,
  ) {}

  /** Asks for the end of each; none of them is waited for. */
  async stopAll(user: AuthenticatedUser): Promise<void> {
    await this.views.caughtUp();
    const at = new Date().toISOString();
    await Promise.all(this.views.ofUser(user).map((id) => this.commands.execute(new StopDesktop(id, 'log-off', at, user))));
  }
}
