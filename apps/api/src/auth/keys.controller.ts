/** `/.well-known/jwks.json`: the public keys that our tokens are signed with. */
import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiSecurity, ApiTags } from '@nestjs/swagger';
import { KeyRing } from '#libs/tokens';
import { Public } from '../http/public.js';

@ApiTags('auth')
@ApiSecurity({})
@Public()
@Controller('.well-known')
export class KeysController {
  constructor(private readonly ring: KeyRing) {}

  @Get('jwks.json')
  @ApiOkResponse({ description: 'A JSON Web Key Set (RFC 7517).' })
  list(): ReturnType<KeyRing['jwks']> {
    return this.ring.jwks();
  }
}
