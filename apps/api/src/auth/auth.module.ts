/** The routes of logging in, staying logged in and logging out. */
import { Module } from '@nestjs/common';
import { IdentityModule } from '#libs/identity';
import { TokensModule } from '#libs/tokens';
import { DesktopsHttpModule } from '../desktops/desktops-http.module.js';
import { HttpModule } from '../http/http.module.js';
import { AuthController } from './auth.controller.js';
import { KeysController } from './keys.controller.js';
import { LoginRequests } from './login-requests.js';
import { Logout } from './logout.js';
import { OAuthController } from './oauth.controller.js';

@Module({
  imports: [DesktopsHttpModule, HttpModule, IdentityModule, TokensModule],
  controllers: [AuthController, KeysController, OAuthController],
  providers: [LoginRequests, Logout],
})
export class AuthModule {}
