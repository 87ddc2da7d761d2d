/** Ends what a user leaves behind when they log off for good: their desktop of every profile. */
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { type AuthenticatedUser, CONFIGURATION, type Configuration, DeskhandError, desktopIdOf } from '#libs/common';
import { StopDesktop } from '#libs/desktops';

@Injectable()
export class UsersDesktops {
  constructor(
    private readonly commands: CommandBus,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** Asks for the end of each; none of them is waited for. */
  async stopAll(user: AuthenticatedUser): Promise<void> {
    const at = new Date().toISOString();
    await Promise.all(
      this.configuration.profiles.map(({ name }) =>
        this.commands.execute(new StopDesktop(desktopIdOf(user, name), 'log-off', at, user)).catch(unlessNeverThere),
      ),
    );
  }
}

function unlessNeverThere(error: unknown): void {
  if (!(error instanceof DeskhandError && error.code === 'DESKTOP_NOT_FOUND')) throw error;
}
