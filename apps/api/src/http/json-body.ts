/** Reads JSON bodies, and has a typed error for whatever is not one. */
import express, { type NextFunction, type Request, type Response } from 'express';
import { DeskhandError } from '#libs/common';

const LIMIT_BYTES = 64 * 1024;

/** The name of a field that every object has already, as message: it would slip past the check for unknown fields. */
class ReservedField extends Error {}

const parseJson = express.json({
  limit: LIMIT_BYTES,
  type: 'application/json',
  reviver: (field: string, value: unknown) => {
    if (field in Object.prototype) throw new ReservedField(field);
    return value;
  },
});

export function readJsonBody(request: Request, response: Response, next: NextFunction): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) {
    request.body = {};
    next();
    return;
  }
  if (!request.is('application/json')) {
    next(new DeskhandError('UNSUPPORTED_MEDIA_TYPE'));
    return;
  }
  parseJson(request, response, (error?: unknown) => {
    if (error) next(bodyError(error));
    else if (Array.isArray(request.body)) next(new DeskhandError('MALFORMED_BODY', 'The body is a list, not an object.'));
    else next();
  });
}

/** Never with the parser's own error as cause: it holds the body, which may hold a password. */
function bodyError(error: unknown): DeskhandError {
  if (error instanceof ReservedField) {
    return new DeskhandError('INVALID_REQUEST', `Not valid: ${error.message}.`, { fields: { [error.message]: 'is not known' } });
  }
  switch ((error as { type?: string }).type) {
    case 'entity.too.large':
      return new DeskhandError('BODY_TOO_LARGE', `The body is larger than ${LIMIT_BYTES} bytes.`);
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new DeskhandError('UNSUPPORTED_MEDIA_TYPE', 'The encoding of the body is not understood.');
    default:
      return new DeskhandError('MALFORMED_BODY');
  }
}
