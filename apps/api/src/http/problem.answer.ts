/** The shape of every failure, for the api's description. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { errorCatalogue } from '#libs/common';

export class ProblemAnswer {
  @ApiProperty()
  type!: string;
  @ApiProperty()
  title!: string;
  @ApiProperty()
  status!: number;
  @ApiProperty({ enum: Object.keys(errorCatalogue), enumName: 'ErrorCode' })
  code!: string;
  @ApiProperty()
  detail!: string;
  @ApiPropertyOptional()
  remedy?: string;
  @ApiProperty()
  traceId!: string;
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Fields at fault, each with what is wrong.',
  })
  fields?: Record<string, string>;
}
