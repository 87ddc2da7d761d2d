/** What every process that serves this api does to Nest's application before it listens. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Configuration } from '#libs/common';
import { serveOpenApi } from '../openapi.js';
import { readJsonBody } from './json-body.js';
import { traceRequests } from './trace-id.js';

/** @param app created with `bodyParser: false` */
export function prepareApplication(app: NestExpressApplication, { http }: Pick<Configuration, 'http'>): void {
  app.disable('x-powered-by');
  app.set('etag', false);
  // The gateway beside us, and the proxies before it, may say who the client is.
  app.set('trust proxy', ['loopback', ...http.trustedProxies]);
  app.use(traceRequests);
  app.use((_: Request, response: Response, next: NextFunction) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.use(readJsonBody);
  serveOpenApi(app);
}
