/** Bans and the views that know of them, by themselves: all that banning and lifting need beside a store. */
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { BanSourceHandler, LiftBanHandler } from './ban.handlers.js';
import { IdentityViews } from './identity.views.js';

@Module({ imports: [CqrsModule], providers: [IdentityViews, BanSourceHandler, LiftBanHandler], exports: [IdentityViews, CqrsModule] })
export class BanModule {}
