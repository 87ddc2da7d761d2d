/** Hands the user whom the guard let in to a controller: `@CurrentUser() user: AuthenticatedUser`. */
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { AuthenticatedUser } from '#libs/common';

const users = new WeakMap<Request, AuthenticatedUser>();

/** For the guard. */
export const setCurrentUser = (request: Request, user: AuthenticatedUser): void => {
  users.set(request, user);
};

export const CurrentUser = createParamDecorator((_: unknown, context: ExecutionContext): AuthenticatedUser => {
  const user = users.get(context.switchToHttp().getRequest<Request>());
  if (!user) throw new Error('@CurrentUser() stands on a @Public() route');
  return user;
});
