/** The routes of logging in, staying logged in and logging out. */
import { Module } from '@nestjs/common';
import { DesktopsModule } from '#libs/desktops';
import { EventStoreModule } from '#libs/event-sourcing';
import { IdentityModule } from '#libs/identity';
import { TokensModule } from '#libs/tokens';
import { HttpModule } from '../http/http.module.js';
import { AuthController } from './auth.controller.js';
import { DesktopsOfUser } from './desktops-of-user.js';
import { KeysController } from './keys.controller.js';
import { Logout } from './logout.js';

@Module({
  imports: [DesktopsModule, HttpModule, IdentityModule, EventStoreModule, TokensModule],
  controllers: [AuthController, KeysController],
  providers: [Logout, DesktopsOfUser],
})
export class AuthModule {}
