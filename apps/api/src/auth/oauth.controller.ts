/** `/api/v1/auth/oauth`: sends a browser to the provider's pages, and takes it back. */
import { Controller, Get, Inject, Logger, Param, Req, Res } from '@nestjs/common';
import { ApiFoundResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { CONFIGURATION, type Configuration, DeskhandError, toDeskhandError } from '#libs/common';
import { IdentityProviders, isRedirecting } from '#libs/identity';
import { cookiePlaces, readCookies, tokenCookie } from '#libs/tokens';
import { isSecure } from '../http/client.js';
import { Public } from '../http/public.js';
import { traceIdOf } from '../http/trace-id.js';
import { answerSignedIn } from './login-cookies.js';
import { LoginRequests } from './login-requests.js';

/** As long as the ticket in it is good. */
const TICKET_SECONDS = 600;
/** The only page that there is to come back to: no address is taken from anybody. */
const WEBSITE = '/';

@ApiTags('auth')
@ApiSecurity({})
@Public()
@Controller('api/v1/auth/oauth/:provider')
export class OAuthController {
  readonly #logger = new Logger(OAuthController.name);

  constructor(
    private readonly providers: IdentityProviders,
    private readonly logins: LoginRequests,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get()
  @ApiFoundResponse({ description: "To the provider's page, with a cookie that has to come back." })
  async depart(@Param('provider') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.#orBack(id, request, response, async () => {
      const { provider, gate } = this.#get(id);
      const elsewhere = this.#publicAddress(request);
      if (elsewhere) return elsewhere;
      const { page, ticket } = await gate.ask(() => provider.depart());
      setTicket(request, response, id, ticket, TICKET_SECONDS);
      return page;
    });
  }

  @Get('callback')
  @ApiFoundResponse({ description: 'To the website, with the same cookies as after a login.' })
  async arrive(@Param('provider') id: string, @Req() request: Request, @Res() response: Response): Promise<void> {
    await this.#orBack(id, request, response, async () => {
      this.#get(id);
      const tickets = readCookies(request.headers.cookie, cookiePlaces(isSecure(request)).ticket(id).name);
      if (tickets.length > 0) setTicket(request, response, id, '', 0);
      const query = request.originalUrl.split('?').slice(1).join('?');
      answerSignedIn(request, response, await this.logins.logIn(request, id, { arrival: { tickets, query } }));
      return WEBSITE;
    });
  }

  /** Somebody who came by another name of ours would not bring the ticket back. Sent over once: a proxy may hide the name that was used. */
  #publicAddress(request: Request): string | undefined {
    const { publicUrl = '' } = this.configuration.http;
    const isThere = request.host?.toLowerCase() === URL.parse(publicUrl)?.host || request.query.moved !== undefined;
    return isThere ? undefined : `${publicUrl}${request.path}?moved`;
  }

  #get(id: string) {
    const { provider, gate } = this.providers.get(id);
    if (!isRedirecting(provider)) throw new DeskhandError('UNKNOWN_PROVIDER');
    return { provider, gate };
  }

  /** A person who followed a link gets a page that says what went wrong; whoever asks for no page gets a problem. */
  async #orBack(id: string, request: Request, response: Response, go: () => Promise<string>): Promise<void> {
    // The address of a callback has a code in it: it goes to nobody.
    response.setHeader('referrer-policy', 'no-referrer');
    const isPerson = (request.headers.accept ?? '').includes('text/html');
    const place = await go().catch((thrown: unknown) => {
      if (!isPerson) throw thrown;
      const error = toDeskhandError(thrown);
      if (error.status >= 500) this.#logger.error({ msg: error.message, traceId: traceIdOf(request), err: error.cause ?? error });
      return `${WEBSITE}?${new URLSearchParams({ failed: error.code, provider: id.slice(0, 100), trace: traceIdOf(request) })}`;
    });
    response.redirect(302, place);
  }
}

function setTicket(request: Request, response: Response, provider: string, value: string, maxAgeSeconds: number): void {
  const secure = isSecure(request);
  const place = cookiePlaces(secure).ticket(provider);
  response.append('Set-Cookie', tokenCookie({ ...place, value, maxAgeSeconds, secure, sameSite: 'Lax' }));
}
