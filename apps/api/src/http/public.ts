/** Opens a route, or all of a controller, to callers who are not logged in. */
import { type CustomDecorator, SetMetadata } from '@nestjs/common';

export const PUBLIC = 'deskhand.public';
export const Public = (): CustomDecorator => SetMetadata(PUBLIC, true);
