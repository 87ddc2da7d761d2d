/** The shapes of launched applications in the HTTP contract. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsString, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';

const APPLICATION_STATUSES = ['requested', 'starting', 'running', 'stopping', 'exited', 'failed'] as const;

export class LaunchApplicationBody {
  @ApiProperty({ description: 'Name in the catalogue.' })
  @IsString()
  @MaxLength(255)
  application!: string;

  @ApiPropertyOptional({ type: [String], description: 'Files or addresses to open.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(32)
  @IsString({ each: true })
  @MaxLength(4096, { each: true })
  arguments?: string[];
}

export class ApplicationAnswer {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  application!: string;
  @ApiProperty({ enum: APPLICATION_STATUSES })
  status!: (typeof APPLICATION_STATUSES)[number];
  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;
  @ApiPropertyOptional({ type: Number })
  exitCode?: number;
  @ApiPropertyOptional({ description: 'Code of docs/errors.md.' })
  cause?: string;
  @ApiPropertyOptional()
  detail?: string;
}

export class ApplicationListAnswer {
  @ApiProperty({ type: [ApplicationAnswer] })
  items!: ApplicationAnswer[];
}
