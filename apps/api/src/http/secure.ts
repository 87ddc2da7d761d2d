/** Whether the browser's side of the line is https, which decides on the names and attributes of cookies. */
import type { Request } from 'express';

/** Express looks at `X-Forwarded-Proto` only where the gateway or a listed proxy sent it: see `prepareApplication`. */
export const isSecure = (request: Request): boolean => request.secure;
