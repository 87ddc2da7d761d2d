/** Lists come in pages: `?limit=&cursor=` in, `{items, nextCursor}` out. */
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsString, Max, MaxLength, Min } from 'class-validator';
import { DeskhandError } from '#libs/common';
import { MayBeAbsent } from './may-be-absent.js';

export class PageQuery {
  @ApiPropertyOptional({ minimum: 1, maximum: 200, default: 50 })
  // A query has only text; what is not a plain number stays text and is refused.
  @Transform(({ value }) => (typeof value === 'string' && /^\d{1,4}$/.test(value) ? Number(value) : value))
  @IsInt()
  @Min(1)
  @Max(200)
  limit: number = 50;

  @ApiPropertyOptional({ description: 'nextCursor of the page before.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(200)
  cursor?: string;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** @param found one more than the limit where there is a next page */
export function pageOf<Found, Item>(
  found: readonly Found[],
  limit: number,
  cursorOf: (last: Found) => string,
  itemOf: (each: Found) => Item,
): Page<Item> {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(itemOf), ...(found.length > limit && last !== undefined ? { nextCursor: cursorOf(last) } : {}) };
}

export const badCursor = (): DeskhandError =>
  new DeskhandError('INVALID_REQUEST', 'Not valid: cursor.', { fields: { cursor: 'is not one of this list' } });
