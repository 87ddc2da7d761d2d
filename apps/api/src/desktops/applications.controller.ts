/** `/api/v1/applications` and the applications of a desktop: what may be started, what runs, and its end. */
import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '#libs/common';
import { CurrentUser } from '../http/current-user.js';
import { ApplicationAnswer, ApplicationListAnswer, LaunchApplicationBody } from './application.dto.js';
import { DesktopApplications } from './desktop-applications.js';
import { DesktopIdPipe } from './desktop-id.js';

@ApiTags('applications')
@Controller('api/v1/desktops/:id/applications')
export class ApplicationsController {
  constructor(private readonly applications: DesktopApplications) {}

  @Post()
  @HttpCode(202)
  @ApiAcceptedResponse({ type: ApplicationAnswer })
  launch(
    @Param('id', DesktopIdPipe) id: string,
    @Body() body: LaunchApplicationBody,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<ApplicationAnswer> {
    return this.applications.launch(id, user, body.application, body.arguments ?? []);
  }

  @Get()
  @ApiOkResponse({ type: ApplicationListAnswer })
  list(@Param('id', DesktopIdPipe) id: string, @CurrentUser() user: AuthenticatedUser): Promise<ApplicationListAnswer> {
    return this.applications.list(id, user);
  }

  @Get(':application')
  @ApiOkResponse({ type: ApplicationAnswer })
  get(
    @Param('id', DesktopIdPipe) id: string,
    @Param('application') application: string,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<ApplicationAnswer> {
    return this.applications.get(id, user, application);
  }

  @Delete(':application')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: ApplicationAnswer })
  stop(
    @Param('id', DesktopIdPipe) id: string,
    @Param('application') application: string,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<ApplicationAnswer> {
    return this.applications.stop(id, user, application);
  }

  @Get(':application/logs')
  @Header('content-type', 'text/plain; charset=utf-8')
  @ApiProduces('text/plain')
  @ApiOkResponse({ description: 'The newest 64 KiB of its output.' })
  logs(
    @Param('id', DesktopIdPipe) id: string,
    @Param('application') application: string,
    @CurrentUser() user: AuthenticatedUser,
  ): Promise<string> {
    return this.applications.log(id, user, application);
  }
}
