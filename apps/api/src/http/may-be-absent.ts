/** `@MayBeAbsent()` instead of class-validator's `@IsOptional()`, which lets `null` through unchecked as well. */
import { ValidateIf } from 'class-validator';

export const MayBeAbsent = (): PropertyDecorator => ValidateIf((_: unknown, value: unknown) => value !== undefined);
