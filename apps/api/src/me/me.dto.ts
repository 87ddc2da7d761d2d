/** What a user may see of their own sessions and logins. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class SessionAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty({ format: 'date-time' })
  startedAt!: string;
  @ApiProperty({ format: 'date-time' })
  renewedAt!: string;
  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;
  @ApiProperty()
  address!: string;
  @ApiProperty()
  userAgent!: string;
  @ApiProperty({ description: 'The session that asks.' })
  current!: boolean;
}

export class SessionListAnswer {
  @ApiProperty({ type: [SessionAnswer] })
  items!: readonly SessionAnswer[];
  @ApiPropertyOptional()
  nextCursor?: string;
}

export class LoginRecordAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ enum: ['success', 'failure'] })
  outcome!: 'success' | 'failure';
  @ApiPropertyOptional({ description: 'Why it failed.' })
  code?: string;
  @ApiPropertyOptional({ description: 'How many such failures were counted together; one by default.' })
  times?: number;
  @ApiProperty()
  provider!: string;
  @ApiProperty()
  address!: string;
  @ApiProperty()
  userAgent!: string;
  @ApiPropertyOptional({ format: 'date-time' })
  endedAt?: string;
  @ApiPropertyOptional({ enum: ['logout', 'expired', 'idle', 'refresh-reused', 'revoked', 'replaced', 'not-allowed', 'banned'] })
  endReason?: string;
}

export class LoginRecordListAnswer {
  @ApiProperty({ type: [LoginRecordAnswer] })
  items!: readonly LoginRecordAnswer[];
  @ApiPropertyOptional()
  nextCursor?: string;
}
