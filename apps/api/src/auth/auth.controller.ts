/** `/api/v1/auth`: logging in and out, and staying logged in. */
import { Body, Controller, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiNoContentResponse, ApiOkResponse, ApiProduces, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { DeskhandError } from '#libs/common';
import { ATTEMPT_ID, IdentityProviders, isRedirecting, LOGIN_ENDS, RenewLogin } from '#libs/identity';
import { loginTopic } from '#libs/progress';
import { ProgressStreams } from '../http/progress-streams.js';
import { Public } from '../http/public.js';
import { traceIdOf } from '../http/trace-id.js';
import { LoginAnswer, LoginBody, LogoutBody, ProviderListAnswer, RefreshBody } from './auth.dto.js';
import { answerSignedIn, clearCookies, refreshCookie } from './login-cookies.js';
import { LoginRequests } from './login-requests.js';
import { Logout } from './logout.js';

@ApiTags('auth')
@ApiSecurity({})
@Public()
@Controller('api/v1/auth')
export class AuthController {
  constructor(
    private readonly commands: CommandBus,
    private readonly providers: IdentityProviders,
    private readonly streams: ProgressStreams,
    private readonly logins: LoginRequests,
    private readonly logout: Logout,
  ) {}

  @Get('providers')
  @ApiOkResponse({ type: ProviderListAnswer })
  list(): ProviderListAnswer {
    return {
      items: this.providers.all.map((provider) => {
        const { id, kind, displayName, demo, demoAccounts } = provider;
        const mark = isRedirecting(provider) ? { mark: provider.mark } : {};
        return { id, kind, displayName, ...mark, ...(demo ? { demo, demoAccounts } : {}) };
      }),
    };
  }

  @Post('login')
  @HttpCode(200)
  @ApiOkResponse({ type: LoginAnswer, description: 'Browsers also get it as cookies.' })
  async logIn(
    @Body() { provider, username, password, attempt }: LoginBody,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<LoginAnswer> {
    return answerSignedIn(request, response, await this.logins.logIn(request, provider, { username, password }, attempt));
  }

  @Get('attempts/:attempt/progress')
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'Events `progress` {at, phase, message}, then `signed-in`, or `failed` {code, detail, remedy}.' })
  async follow(@Param('attempt') attempt: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    if (!ATTEMPT_ID.test(attempt)) throw new DeskhandError('INVALID_REQUEST', undefined, { fields: { attempt: 'must be a UUID' } });
    await this.streams.stream(request, response, loginTopic(attempt.toLowerCase()), LOGIN_ENDS);
  }

  @Post('refresh')
  @HttpCode(200)
  @ApiOkResponse({ type: LoginAnswer })
  async refresh(@Body() body: RefreshBody, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<LoginAnswer> {
    const token = body.refreshToken ?? refreshCookie(request);
    if (token === undefined) throw new DeskhandError('UNAUTHENTICATED');
    try {
      return answerSignedIn(request, response, await this.commands.execute(new RenewLogin(token, traceIdOf(request))));
    } catch (error) {
      if (error instanceof DeskhandError && error.status === 401) clearCookies(request, response);
      throw error;
    }
  }

  @Post('logout')
  @HttpCode(204)
  @ApiNoContentResponse()
  async logOut(@Body() body: LogoutBody, @Req() request: Request, @Res({ passthrough: true }) response: Response): Promise<void> {
    clearCookies(request, response);
    await this.logout.execute(request, body);
  }
}
