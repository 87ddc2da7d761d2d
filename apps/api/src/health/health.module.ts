/** The routes that tell whether this process runs and can work. */
import { Module } from '@nestjs/common';
import { EventStore } from '#libs/event-sourcing';
import { Runtime, RuntimeModule } from '#libs/runtime';
import { HealthController, READINESS_CHECKS } from './health.controller.js';
import type { ReadinessCheck } from './readiness.js';

const makeChecks = (store: EventStore, runtime: Runtime): readonly ReadinessCheck[] => [
  { name: 'store', check: () => store.head().then(() => undefined) },
  { name: 'runtime', check: () => runtime.unavailable() },
];

@Module({
  imports: [RuntimeModule],
  controllers: [HealthController],
  providers: [{ provide: READINESS_CHECKS, inject: [EventStore, Runtime], useFactory: makeChecks }],
})
export class HealthModule {}
