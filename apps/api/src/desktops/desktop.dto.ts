/** The shapes of desktops in the HTTP contract. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { DesktopScope } from '#libs/tokens';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { ApplicationAnswer } from './application.dto.js';

const STATUSES = ['requested', 'starting', 'ready', 'stopping', 'stopped', 'failed'] as const;
const SCOPES = ['control', 'view', 'files', 'audio'] as const satisfies readonly DesktopScope[];

export class CreateDesktopBody {
  @ApiPropertyOptional({ description: 'Name of a profile; the default one where absent.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(63)
  profile?: string;

  @ApiPropertyOptional({ minimum: 200, maximum: 8192, description: 'First width of the display in pixels.' })
  @MayBeAbsent()
  @IsInt()
  @Min(200)
  @Max(8192)
  width?: number;

  @ApiPropertyOptional({ minimum: 200, maximum: 8192, description: 'First height of the display in pixels.' })
  @MayBeAbsent()
  @IsInt()
  @Min(200)
  @Max(8192)
  height?: number;

  @ApiPropertyOptional({ example: 'Europe/Paris', description: 'IANA time zone.' })
  @MayBeAbsent()
  @IsString()
  @Matches(/^[A-Za-z][A-Za-z0-9_+-]{0,31}(\/[A-Za-z0-9_+-]{1,31}){0,2}$/, {
    message: 'timezone must be an IANA time zone such as Europe/Paris',
  })
  timezone?: string;

  @ApiPropertyOptional({ example: 'fr-FR', description: 'BCP 47 language tag.' })
  @MayBeAbsent()
  @IsString()
  @Matches(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, { message: 'locale must be a language tag such as fr-FR' })
  locale?: string;
}

export class DesktopTokenBody {
  @ApiPropertyOptional({ enum: SCOPES, isArray: true, description: 'All but view by default.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(SCOPES.length)
  @ArrayUnique()
  @IsIn(SCOPES, { each: true })
  scope?: DesktopScope[];
}

export class DesktopOwnerAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty()
  provider!: string;
}

export class DesktopAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  run!: number;
  @ApiProperty({ enum: STATUSES })
  status!: (typeof STATUSES)[number];
  @ApiProperty({ enum: ['present', 'absent', 'unknown'] })
  observed!: 'present' | 'absent' | 'unknown';
  @ApiPropertyOptional({ description: 'Code of docs/errors.md.' })
  cause?: string;
  @ApiPropertyOptional()
  detail?: string;
  @ApiPropertyOptional()
  remedy?: string;
  @ApiProperty({ type: DesktopOwnerAnswer })
  owner!: DesktopOwnerAnswer;
  @ApiProperty()
  profile!: string;
  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  readyAt?: string;
  @ApiPropertyOptional({ format: 'date-time' })
  lastDisconnectedAt?: string;
  @ApiPropertyOptional({ format: 'date-time', description: 'When it is ended if nobody connects until then.' })
  expiresAt?: string;
  @ApiProperty({ type: [ApplicationAnswer] })
  applications!: ApplicationAnswer[];
}

export class DesktopTokenAnswer {
  @ApiProperty()
  desktopToken!: string;
  @ApiProperty({ description: 'Seconds.' })
  expiresIn!: number;
  @ApiProperty({ example: '/d/{id}/' })
  path!: string;
}
