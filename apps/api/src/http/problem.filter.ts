/** Turns every failure into one answer: RFC 9457, with a code of the catalogue and the trace id; what is not ours is logged and not shown. */
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { DeskhandError, problemHeaders, toDeskhandError, toProblem } from '#libs/common';
import { allowedMethods } from './allowed-methods.js';
import { traceIdOf } from './trace-id.js';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger(ProblemFilter.name);

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = this.#known(thrown, request);
    const traceId = traceIdOf(request);
    if (error.status >= 500) this.#logger.error({ msg: error.message, traceId, err: error.cause ?? error });
    if (response.headersSent) {
      // Half an answer went out: only a broken line tells the client that it is not whole.
      response.destroy();
      return;
    }
    response.status(error.status).set(problemHeaders(error));
    if (error.status === 401) response.set('www-authenticate', 'Bearer');
    response.send(JSON.stringify(toProblem(error, traceId)));
  }

  #known(thrown: unknown, request: Request): DeskhandError {
    if (thrown instanceof NotFoundException) {
      const allow = allowedMethods(request);
      return allow.length > 0 ? new DeskhandError('METHOD_NOT_ALLOWED', undefined, { allow }) : new DeskhandError('NOT_FOUND');
    }
    // Express and Nest themselves refuse only what cannot be parsed, such as a broken escape in a path.
    if (thrown instanceof HttpException && thrown.getStatus() < 500) return new DeskhandError('INVALID_REQUEST');
    return toDeskhandError(thrown);
  }
}
