/** Composes control plane and gateway in one process: they meet in memory instead of on the network, everything else is the same. */
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule, prepareApplication } from '#apps/api';
import { createGateway, DenyList } from '#apps/gateway';
import { type Configuration, DeskhandError } from '#libs/common';
import { EventStore } from '#libs/event-sourcing';
import { DesktopTokenVerifier } from '#libs/tokens';
import { lockData } from './data-lock.js';
import { denyWhatEnded } from './desktop-denials.js';
import { projectFolder } from './greeting.js';
import { stopAllDesktops } from './shutdown.js';

export interface Standalone {
  /** Where browsers find it. */
  readonly url: string;
  /** Ends every desktop, then the server. */
  stop(): Promise<void>;
}

/** @throws DeskhandError `STORE_LOCKED`, `PORT_IN_USE` and whatever the stores find wrong */
export async function startStandalone(configuration: Configuration): Promise<Standalone> {
  const unlock = lockData(configuration.data);
  const api = await NestFactory.create<NestExpressApplication>(AppModule.with(configuration), {
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
  });
  prepareApplication(api, configuration);
  await api.init();
  const store = api.get(EventStore);
  const denyList = new DenyList();
  const denials = store.follow({ name: 'denials', from: await store.head(), handle: (event) => denyWhatEnded(denyList, event) });
  const gateway = createGateway({ configuration });
  return {
    url: '',
    stop: async () => {
      await gateway.close();
      await stopAllDesktops(api);
      await denials.stop();
      await api.close();
      unlock();
    },
  };
}
