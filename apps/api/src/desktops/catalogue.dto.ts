/** The shapes of the catalogue in the HTTP contract. */
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { MayBeAbsent } from '../http/may-be-absent.js';
import { PageQuery } from '../http/page.js';

const ENGINES = ['local', 'ephemeral-container', 'pod'] as const;

export class CatalogueQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Words that all stand in the name, the keywords or the categories.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  query?: string;

  @ApiPropertyOptional({ example: 'Graphics' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(100)
  category?: string;
}

export class CatalogueApplicationAnswer {
  @ApiProperty()
  name!: string;
  @ApiProperty()
  displayName!: string;
  @ApiPropertyOptional({ description: 'Path of its icon on this origin.' })
  icon?: string;
  @ApiProperty({ type: [String] })
  categories!: readonly string[];
  @ApiProperty({ type: [String] })
  keywords!: readonly string[];
  @ApiProperty({ type: [String] })
  mimeTypes!: readonly string[];
  @ApiProperty({ enum: ENGINES, description: 'How it runs on a desktop of the default profile.' })
  engine!: (typeof ENGINES)[number];
}

export class CatalogueAnswer {
  @ApiProperty({ type: [CatalogueApplicationAnswer] })
  items!: readonly CatalogueApplicationAnswer[];
  @ApiPropertyOptional({ description: 'Absent on the last page.' })
  nextCursor?: string;
}
