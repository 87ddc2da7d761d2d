/** The moment from which this process takes no new work: whoever holds a request open ends it then, so that another replica can go on with it. */
import { Injectable, type OnModuleDestroy } from '@nestjs/common';

@Injectable()
export class Departure implements OnModuleDestroy {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  begin(): void {
    this.#controller.abort();
  }

  onModuleDestroy(): void {
    this.begin();
  }
}
