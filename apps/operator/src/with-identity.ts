/** The providers and the rules of a configuration, for commands that ask them something. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { EventStoreModule } from '#libs/event-sourcing';
import { IdentityModule, IdentityProviders, Rules } from '#libs/identity';

/** The providers and the rules of the configuration, beside a running server and without touching its data. */
export async function withIdentity<T>(
  configuration: Configuration,
  work: (providers: IdentityProviders, rules: Rules) => Promise<T>,
): Promise<T> {
  const data = await mkdtemp(join(tmpdir(), 'deskhand-operator-'));
  const useValue: Configuration = { ...configuration, data, store: { kind: 'memory' }, progress: { kind: 'memory' } };
  const given = { module: Given, global: true, providers: [{ provide: CONFIGURATION, useValue }], exports: [CONFIGURATION] };
  try {
    const context = await NestFactory.createApplicationContext(
      { module: Question, imports: [given, await EventStoreModule.with(useValue), IdentityModule] },
      { logger: false, abortOnError: false },
    );
    try {
      return await work(context.get(IdentityProviders, { strict: false }), context.get(Rules, { strict: false }));
    } finally {
      await context.close();
    }
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

@Module({})
class Given {}
@Module({})
class Question {}
