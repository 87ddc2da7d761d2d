/** Makes the control plane, ready to be listened with or to be called in the same process. */
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import type { Configuration } from '#libs/common';
import { AppModule } from './app.module.js';
import { prepareApplication } from './http/prepare-application.js';

/** Views are caught up when it returns. */
export async function createApi(configuration: Configuration): Promise<NestExpressApplication> {
  const api = await NestFactory.create<NestExpressApplication>(AppModule.with(configuration), {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
  });
  api.useLogger(api.get(Logger));
  prepareApplication(api, configuration);
  await api.init();
  return api;
}
