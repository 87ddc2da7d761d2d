/** The api's own description: made from the controllers, served to clients, and kept in the repository so that a change of the contract shows. */
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { ProblemAnswer } from './http/problem.answer.js';

export function openApiDocument(app: INestApplication): OpenAPIObject {
  const outline = new DocumentBuilder()
    .setTitle('Deskhand')
    .setDescription('Log in, ask for a desktop, work on it. Failures are RFC 9457 problems; docs/errors.md lists their codes.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', bearerFormat: 'JWT', description: 'A user token. Browsers send it as a cookie.' })
    .addSecurityRequirements('bearer')
    .addGlobalResponse({ status: '4XX', description: 'What the caller did wrong.', type: ProblemAnswer })
    .addGlobalResponse({ status: '5XX', description: 'What failed at our side.', type: ProblemAnswer })
    .build();
  const operationIdFactory = (controller: string, method: string) => `${controller.replace(/Controller$/, '')}.${method}`;
  return SwaggerModule.createDocument(app, outline, { operationIdFactory });
}

/** At `/api/v1/openapi.json`; made when it is first asked for. */
export function serveOpenApi(app: INestApplication): void {
  let document: string | undefined;
  app.getHttpAdapter().get('/api/v1/openapi.json', (_: Request, response: Response) => {
    document ??= JSON.stringify(openApiDocument(app));
    response.type('application/json').send(document);
  });
}
