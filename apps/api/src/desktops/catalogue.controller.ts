/** `/api/v1/applications`: the catalogue as this user may see it. */
import { Controller, Get, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { type Application, Catalogue, type Engines, engineOf, enginesOf } from '#libs/catalogue';
import { type AuthenticatedUser, CONFIGURATION, type Configuration, DeskhandError } from '#libs/common';
import { CurrentUser } from '../http/current-user.js';
import { badCursor, pageOf } from '../http/page.js';
import { CatalogueAnswer, type CatalogueApplicationAnswer, CatalogueQuery } from './catalogue.dto.js';
import { defaultProfile } from './profile.choice.js';

@ApiTags('applications')
@Controller('api/v1/applications')
export class CatalogueController {
  constructor(
    private readonly catalogue: Catalogue,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  @Get()
  @ApiOkResponse({ type: CatalogueAnswer })
  list(
    @Query() { query, category, limit, cursor }: CatalogueQuery,
    @CurrentUser() user: AuthenticatedUser,
    @Headers('accept-language') languages: string | undefined,
  ): CatalogueAnswer {
    const [locale] = /^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}/i.exec(languages ?? '') ?? [];
    const all = this.catalogue.list(user, { query, category, locale });
    const start = cursor === undefined ? 0 : all.findIndex(({ name }) => name === cursor) + 1;
    if (cursor !== undefined && start === 0) throw badCursor();
    const engines = enginesOf(this.configuration, defaultProfile(this.configuration.profiles, user)?.name ?? '');
    return pageOf(
      all.slice(start, start + limit + 1),
      limit,
      ({ name }) => name,
      (application) => answer(application, engines),
    );
  }

  @Get(':name/icon')
  @ApiOkResponse({ description: 'PNG or SVG, to be shown as an image only.' })
  icon(@Param('name') name: string, @CurrentUser() user: AuthenticatedUser, @Res() response: Response): void {
    const icon = this.catalogue.mayStart(user, name) ? this.catalogue.iconOf(name) : undefined;
    if (!icon) throw new DeskhandError('NOT_FOUND');
    response
      // An icon comes from a package of the machine: it is shown, never run.
      .set({ 'content-type': icon.contentType, 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox" })
      .set({ 'cache-control': 'private, max-age=3600' })
      .send(icon.bytes);
  }
}

function answer(
  { name, displayName, hasIcon, categories, keywords, mimeTypes, engine }: Application,
  engines: Engines,
): CatalogueApplicationAnswer {
  const icon = hasIcon ? { icon: `/api/v1/applications/${encodeURIComponent(name)}/icon` } : {};
  return { name, displayName, ...icon, categories, keywords, mimeTypes, engine: engineOf(engine, engines) };
}
