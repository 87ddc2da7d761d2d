/** Gives every application its progress port: the only place that picks an adapter. */
import { Global, Module } from '@nestjs/common';
import { MemoryProgress } from './memory/memory-progress.js';
import { Progress } from './progress.js';

/** Global: who publishes and who reads must meet in one and the same. */
@Global()
@Module({
  providers: [{ provide: Progress, useFactory: () => new MemoryProgress() }],
  exports: [Progress],
})
export class ProgressModule {}
