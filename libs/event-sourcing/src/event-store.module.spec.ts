/** The module in a real Nest application. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { EventStore } from './event-store.js';
import { EventStoreModule } from './event-store.module.js';

it.each(['sqlite', 'memory'] as const)(
  'opens the %s store that the configuration names, and closes it with the application',
  async (kind) => {
    const data = mkdtempSync(join(tmpdir(), 'deskhand-module-'));
    const configuration = configurationSchema.parse({ data, store: { kind } });
    const application = await Test.createTestingModule({ imports: [EventStoreModule.with(configuration)] }).compile();
    const store = application.get(EventStore, { strict: false });
    await store.append('stream-1', 0, [{ type: 'ThingHappened', data: {} }]);
    expect(existsSync(join(data, 'events.sqlite'))).toBe(kind === 'sqlite');
    await application.close();
    await expect(store.head()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    rmSync(data, { recursive: true });
  },
);
