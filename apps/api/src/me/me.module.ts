/** The routes of what a user may know about themselves. */
import { Module } from '@nestjs/common';
import { IdentityModule } from '#libs/identity';
import { MeController } from './me.controller.js';

@Module({ imports: [IdentityModule], controllers: [MeController] })
export class MeModule {}
