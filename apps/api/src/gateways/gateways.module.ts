/** What the control plane owes its gateways. */
import { Module } from '@nestjs/common';
import { TokensModule } from '#libs/tokens';
import { HttpModule } from '../http/http.module.js';
import { DenialStreams } from './denial-streams.js';
import { GatewaysController } from './gateways.controller.js';

@Module({ imports: [HttpModule, TokensModule], controllers: [GatewaysController], providers: [DenialStreams] })
export class GatewaysModule {}
