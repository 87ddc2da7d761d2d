/** Picks the runtime that the configuration names. */
import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { LocalRuntime } from './local/local-runtime.js';
import { Runtime } from './runtime.js';

/** Closed last: whoever reconciles has stopped by then. */
@Injectable()
class RuntimeCloser implements OnApplicationShutdown {
  constructor(@Inject(Runtime) private readonly runtime: Runtime) {}

  async onApplicationShutdown(): Promise<void> {
    await this.runtime.close();
  }
}

@Global()
@Module({
  providers: [
    {
      provide: Runtime,
      inject: [CONFIGURATION],
      useFactory: ({ data, runtime }: Configuration): Runtime => {
        if (runtime.kind === 'local') return new LocalRuntime({ data, firstUid: runtime.firstUid });
        throw new Error('not yet');
      },
    },
    RuntimeCloser,
  ],
  exports: [Runtime],
})
export class RuntimeModule {}
