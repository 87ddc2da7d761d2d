/** What the routes of logging in take and give. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { ATTEMPT_ID, type ProviderKind } from '#libs/identity';
import { MayBeAbsent } from '../http/may-be-absent.js';

export class LoginBody {
  @ApiProperty({ description: 'Id of one of the providers.' })
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  provider!: string;

  @ApiPropertyOptional({ maxLength: 256 })
  @MayBeAbsent()
  @IsString()
  @MaxLength(256)
  username?: string;

  @ApiPropertyOptional({ maxLength: 1024, format: 'password' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(1024)
  password?: string;

  @ApiPropertyOptional({ format: 'uuid', description: "A new UUID of the client's: under it the stages of this login are told." })
  @MayBeAbsent()
  @Matches(ATTEMPT_ID, { message: 'attempt must be a UUID' })
  attempt?: string;
}

export class RefreshBody {
  @ApiPropertyOptional({ description: 'What the last answer gave; browsers send their cookie instead.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  refreshToken?: string;
}

export class LogoutBody {
  @ApiPropertyOptional({ default: false, description: 'End the desktops of the user too.' })
  @MayBeAbsent()
  @IsBoolean()
  stopDesktop?: boolean;

  @ApiPropertyOptional({ default: false, description: 'End all sessions of the user, on every machine.' })
  @MayBeAbsent()
  @IsBoolean()
  everywhere?: boolean;
}

export class UserAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  provider!: string;
  @ApiProperty({ type: [String] })
  roles!: readonly string[];
  @ApiProperty({ type: [String] })
  labels!: readonly string[];
}

export class LoginAnswer {
  @ApiProperty()
  accessToken!: string;
  @ApiProperty({ enum: ['Bearer'] })
  tokenType!: 'Bearer';
  @ApiProperty({ description: 'Seconds.' })
  expiresIn!: number;
  @ApiProperty({ type: UserAnswer })
  user!: UserAnswer;
  @ApiPropertyOptional({
    description:
      'Only for clients that are no browsers. Absent also where another request has just renewed the login: the next token is in its answer.',
  })
  refreshToken?: string;
}

export class ProviderAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty({ enum: ['local', 'ldap', 'activedirectory', 'oauth2', 'anonymous'] })
  kind!: ProviderKind;
  @ApiProperty()
  displayName!: string;
  @ApiPropertyOptional({ description: 'With oauth2: whose mark its button has, such as `google`.' })
  mark?: string;
  @ApiPropertyOptional({ description: 'Its accounts are public and work on the machine of the server only.' })
  demo?: boolean;
  @ApiPropertyOptional({ type: [String], description: 'With demo: user names to try; the password of each is the name.' })
  demoAccounts?: readonly string[];
}

export class ProviderListAnswer {
  @ApiProperty({ type: [ProviderAnswer] })
  items!: ProviderAnswer[];
}
