/** Gives the metrics of this process a port of their own, where the configuration wants it. */
import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { EventStore } from '#libs/event-sourcing';
import { MetricsServer } from '#libs/metrics';
import { Departure } from '../http/departure.js';

@Injectable()
export class MetricsPort implements OnApplicationBootstrap, OnModuleDestroy {
  #close: (() => Promise<void>) | undefined;
  #port = 0;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
    private readonly store: EventStore,
    private readonly departure: Departure,
  ) {}

  /** 0 where there is none. */
  get port(): number {
    return this.#port;
  }

  /** @throws DeskhandError `PORT_IN_USE` */
  async onApplicationBootstrap(): Promise<void> {
    const settings = this.configuration.metrics;
    if (!settings) return;
    // Loaded only where it is used.
    const { ControlPlaneMetrics } = await import('./control-plane-metrics.js');
    const metrics = new ControlPlaneMetrics(this.store);
    const server = new MetricsServer({ text: () => metrics.text(), isServing: () => !this.departure.signal.aborted });
    await server.listen(settings.port, settings.host);
    this.#port = server.port;
    this.#close = async () => {
      await server.close();
      metrics.close();
    };
  }

  async onModuleDestroy(): Promise<void> {
    await this.#close?.();
  }
}
