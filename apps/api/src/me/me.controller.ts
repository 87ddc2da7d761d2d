/** `/api/v1/me`: the user, their sessions and their logins. */
import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { AuthenticatedUser } from '#libs/common';
import { EndSession, IdentityViews, type LiveSession, type Login, Logins } from '#libs/identity';
import { UserAnswer } from '../auth/auth.dto.js';
import { userAnswer } from '../auth/login-cookies.js';
import { CurrentUser } from '../http/current-user.js';
import { badCursor, PageQuery, pageOf } from '../http/page.js';
import { type LoginRecordAnswer, LoginRecordListAnswer, type SessionAnswer, SessionListAnswer } from './me.dto.js';

@ApiTags('me')
@Controller('api/v1/me')
export class MeController {
  constructor(
    private readonly commands: CommandBus,
    private readonly views: IdentityViews,
    private readonly history: Logins,
  ) {}

  @Get()
  @ApiOkResponse({ type: UserAnswer })
  me(@CurrentUser() user: AuthenticatedUser): UserAnswer {
    return userAnswer(user);
  }

  @Get('sessions')
  @ApiOkResponse({ type: SessionListAnswer, description: 'The newest first.' })
  async sessions(@CurrentUser() user: AuthenticatedUser, @Query() { limit, cursor }: PageQuery): Promise<SessionListAnswer> {
    await this.views.shown();
    const all = this.views.sessions.of(user);
    // A session that has ended meanwhile is no place to go on from: the client starts again.
    const start = cursor === undefined ? 0 : all.findIndex(({ id }) => id === cursor) + 1;
    if (cursor !== undefined && start === 0) throw badCursor();
    const answer = (session: LiveSession) => sessionAnswer(session, user);
    return pageOf(all.slice(start, start + limit + 1), limit, ({ id }) => id, answer);
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiNoContentResponse()
  async end(@Param('id') id: string, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.commands.execute(new EndSession(id, 'revoked', new Date().toISOString(), user));
  }

  @Get('logins')
  @ApiOkResponse({ type: LoginRecordListAnswer, description: 'The newest first, failed ones too.' })
  async logins(@CurrentUser() user: AuthenticatedUser, @Query() { limit, cursor }: PageQuery): Promise<LoginRecordListAnswer> {
    if (cursor !== undefined && !/^\d{1,15}$/.test(cursor)) throw badCursor();
    const found = await this.history.of(user, limit + 1, cursor === undefined ? undefined : Number(cursor));
    return pageOf(found, limit, ({ position }) => String(position), loginAnswer);
  }
}

function sessionAnswer({ id, start, renewedAt }: LiveSession, user: AuthenticatedUser): SessionAnswer {
  const { startedAt, expiresAt, address, userAgent } = start;
  return { id, startedAt, renewedAt, expiresAt, address, userAgent, current: id === user.sessionId };
}

function loginAnswer({ position: _, session, code, ...login }: Login): LoginRecordAnswer {
  return { id: session, outcome: code === undefined ? 'success' : 'failure', ...(code === undefined ? {} : { code }), ...login };
}
