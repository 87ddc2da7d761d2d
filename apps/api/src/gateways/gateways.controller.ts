/** For gateways only: not below `/api`, so no gateway forwards to it, and closed to who does not know the secret of the line. */
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { DENIALS_PATH } from '#libs/tokens';
import { Public } from '../http/public.js';
import { DenialStreams } from './denial-streams.js';

@ApiExcludeController()
@Public()
@Controller()
export class GatewaysController {
  constructor(private readonly streams: DenialStreams) {}

  @Get(DENIALS_PATH)
  async denials(@Query('after') after: unknown, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.streams.stream(request, response, typeof after === 'string' && /^\d{1,15}$/.test(after) ? Number(after) : 0);
  }
}
