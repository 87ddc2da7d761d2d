/** `/api/v1/profiles`: the kinds of desktop that the user may have. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiTags } from '@nestjs/swagger';
import { type AuthenticatedUser, CONFIGURATION, type Configuration } from '#libs/common';
import { CurrentUser } from '../http/current-user.js';
import { profilesFor } from './profile.choice.js';

class ProfileAnswer {
  @ApiProperty()
  name!: string;
  @ApiProperty()
  displayName!: string;
  @ApiProperty()
  default!: boolean;
}

class ProfileListAnswer {
  @ApiProperty({ type: [ProfileAnswer] })
  items!: ProfileAnswer[];
}

@ApiTags('desktops')
@Controller('api/v1/profiles')
export class ProfilesController {
  constructor(@Inject(CONFIGURATION) private readonly configuration: Configuration) {}

  @Get()
  @ApiOkResponse({ type: ProfileListAnswer })
  list(@CurrentUser() user: AuthenticatedUser): ProfileListAnswer {
    return {
      items: profilesFor(this.configuration.profiles, user).map(({ name, displayName, default: isDefault }) => ({
        name,
        displayName,
        default: isDefault,
      })),
    };
  }
}
