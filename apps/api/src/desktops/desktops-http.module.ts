/** Desktops, profiles and applications over HTTP. */
import { Module } from '@nestjs/common';
import { CatalogueModule } from '#libs/catalogue';
import { DesktopsModule } from '#libs/desktops';
import { RuntimeModule } from '#libs/runtime';
import { TokensModule } from '#libs/tokens';
import { HttpModule } from '../http/http.module.js';
import { ApplicationsController } from './applications.controller.js';
import { CatalogueController } from './catalogue.controller.js';
import { DesktopApplications } from './desktop-applications.js';
import { DesktopProgress } from './desktop-progress.js';
import { DesktopRequests } from './desktop-requests.js';
import { DesktopTokens } from './desktop-tokens.js';
import { DesktopsController } from './desktops.controller.js';
import { ProfilesController } from './profiles.controller.js';
import { UsersDesktops } from './users-desktops.js';

@Module({
  imports: [CatalogueModule, DesktopsModule, HttpModule, RuntimeModule, TokensModule],
  controllers: [DesktopsController, ProfilesController, CatalogueController, ApplicationsController],
  providers: [DesktopRequests, DesktopProgress, DesktopTokens, DesktopApplications, UsersDesktops],
  exports: [UsersDesktops],
})
export class DesktopsHttpModule {}
