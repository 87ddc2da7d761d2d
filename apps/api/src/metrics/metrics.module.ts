/** The internal port for Prometheus. */
import { Module } from '@nestjs/common';
import { HttpModule } from '../http/http.module.js';
import { MetricsPort } from './metrics-port.js';

@Module({ imports: [HttpModule], providers: [MetricsPort] })
export class MetricsModule {}
