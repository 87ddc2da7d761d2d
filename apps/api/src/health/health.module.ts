/** The routes that tell whether this process runs and can work. */
import { Module } from '@nestjs/common';
import { EventStore } from '#libs/event-sourcing';
import { IdentityModule, IdentityProviders } from '#libs/identity';
import { Runtime, RuntimeModule } from '#libs/runtime';
import { Departure } from '../http/departure.js';
import { HttpModule } from '../http/http.module.js';
import { HealthController, IMPAIRMENTS, READINESS_CHECKS } from './health.controller.js';
import { type Impairments, type ReadinessCheck, stuckSubscriptions } from './readiness.js';

const makeChecks = (store: EventStore, runtime: Runtime, departure: Departure): readonly ReadinessCheck[] => [
  { name: 'store', check: () => store.head().then(() => undefined) },
  { name: 'runtime', check: () => runtime.unavailable() },
  { name: 'process', check: async () => (departure.signal.aborted ? 'it ends' : undefined) },
];

const makeImpairments =
  (providers: IdentityProviders, store: EventStore): Impairments =>
  async () => ({
    ...Object.fromEntries(Object.entries(providers.troubles()).map(([id, why]) => [`provider ${id}`, why])),
    ...stuckSubscriptions(await store.supervision.troubles()),
  });

@Module({
  imports: [HttpModule, IdentityModule, RuntimeModule],
  controllers: [HealthController],
  providers: [
    { provide: READINESS_CHECKS, inject: [EventStore, Runtime, Departure], useFactory: makeChecks },
    { provide: IMPAIRMENTS, inject: [IdentityProviders, EventStore], useFactory: makeImpairments },
  ],
})
export class HealthModule {}
