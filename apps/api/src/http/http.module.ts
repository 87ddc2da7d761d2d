/** What holds for every route: the guard, the checks of input, the shape of failures, the log. */
import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { IdentityModule } from '#libs/identity';
import { ProgressModule } from '#libs/progress';
import { TokensModule } from '#libs/tokens';
import { AuthGuard } from './auth.guard.js';
import { Callers } from './callers.js';
import { Departure } from './departure.js';
import { LoggingModule } from './logging.js';
import { ProblemFilter } from './problem.filter.js';
import { ProgressStreams } from './progress-streams.js';
import { makeValidationPipe } from './validation.js';

@Module({
  imports: [LoggingModule, IdentityModule, ProgressModule, TokensModule],
  providers: [
    Callers,
    Departure,
    ProgressStreams,
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_PIPE, useFactory: makeValidationPipe },
  ],
  exports: [Callers, Departure, ProgressStreams],
})
export class HttpModule {}
