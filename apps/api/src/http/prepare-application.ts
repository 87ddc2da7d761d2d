/** What every process that serves this api does to Nest's application before it listens. */
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import type { Configuration } from '#libs/common';
import { KeyRing } from '#libs/tokens';
import { serveOpenApi } from '../openapi.js';
import { meetGateways } from './client.js';
import { readJsonBody } from './json-body.js';
import { traceRequests } from './trace-id.js';

/** @param app created with `bodyParser: false` */
export function prepareApplication(app: NestExpressApplication, { http }: Pick<Configuration, 'http'>): void {
  app.disable('x-powered-by');
  app.set('etag', false);
  // Who comes without a gateway's pass: what runs beside us, and listed proxies, may say who the client is.
  app.set('trust proxy', ['loopback', ...http.trustedProxies]);
  app.use(meetGateways(app.get(KeyRing, { strict: false }).lineSecret));
  app.use(traceRequests);
  app.use((_: Request, response: Response, next: NextFunction) => {
    response.setHeader('cache-control', 'no-store');
    response.setHeader('x-content-type-options', 'nosniff');
    next();
  });
  app.use(readJsonBody);
  serveOpenApi(app);
}
