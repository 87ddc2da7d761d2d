/** `/api/v1/desktops`: asking for a desktop, watching it start, the way to it, and its end. */
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiAcceptedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import type { AuthenticatedUser } from '#libs/common';
import { StopDesktop } from '#libs/desktops';
import { CurrentUser } from '../http/current-user.js';
import { CreateDesktopBody, DesktopAnswer, DesktopTokenAnswer, DesktopTokenBody } from './desktop.dto.js';
import { DesktopIdPipe } from './desktop-id.js';
import { DesktopProgress } from './desktop-progress.js';
import { DesktopRequests } from './desktop-requests.js';
import { DesktopTokens } from './desktop-tokens.js';

@ApiTags('desktops')
@Controller('api/v1/desktops')
export class DesktopsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly requests: DesktopRequests,
    private readonly progress: DesktopProgress,
    private readonly tokens: DesktopTokens,
  ) {}

  @Post()
  @ApiAcceptedResponse({ type: DesktopAnswer, description: 'Asked for. With `Prefer: wait=N` it answers when ready, failed or after N s.' })
  @ApiOkResponse({ type: DesktopAnswer, description: 'There already was one.' })
  async create(
    @Body() body: CreateDesktopBody,
    @CurrentUser() user: AuthenticatedUser,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DesktopAnswer> {
    const { answer, isNew } = await this.requests.create(user, body, prefer);
    response.status(isNew ? 202 : 200).location(`/api/v1/desktops/${answer.id}`);
    return answer;
  }

  @Get(':id')
  @ApiOkResponse({ type: DesktopAnswer })
  get(@Param('id', DesktopIdPipe) id: string, @CurrentUser() user: AuthenticatedUser): Promise<DesktopAnswer> {
    return this.requests.read(id, user);
  }

  @Get(':id/progress')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Events `progress` {at, phase, message}, then `ready` or `failed` {code, detail, remedy}.' })
  async follow(
    @Param('id', DesktopIdPipe) id: string,
    @CurrentUser() user: AuthenticatedUser,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    await this.progress.stream(id, user, request, response);
  }

  @Post(':id/token')
  @HttpCode(200)
  @ApiOkResponse({ type: DesktopTokenAnswer })
  token(
    @Param('id', DesktopIdPipe) id: string,
    @Body() body: DesktopTokenBody,
    @CurrentUser() user: AuthenticatedUser,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<DesktopTokenAnswer> {
    return this.tokens.issue(id, user, body.scope, request, response);
  }

  @Delete(':id')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: DesktopAnswer, description: 'It is ending; it has gone when its status is stopped.' })
  async stop(@Param('id', DesktopIdPipe) id: string, @CurrentUser() user: AuthenticatedUser): Promise<DesktopAnswer> {
    await this.commands.execute(new StopDesktop(id, 'user', new Date().toISOString(), user));
    return this.requests.read(id, user);
  }
}
