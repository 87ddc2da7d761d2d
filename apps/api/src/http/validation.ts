/** Checks what clients send against its class: unknown fields and wrong types are refused, each named; nothing is converted in silence. */
import { ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { DeskhandError } from '#libs/common';

export const makeValidationPipe = (): ValidationPipe =>
  new ValidationPipe({
    transform: true,
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    validationError: { target: false, value: false },
    exceptionFactory: (errors) => {
      const fields = Object.fromEntries(fieldsOf(errors));
      return new DeskhandError('INVALID_REQUEST', `Not valid: ${Object.keys(fields).join(', ')}.`, { fields });
    },
  });

function fieldsOf(errors: readonly ValidationError[], parent = ''): [string, string][] {
  return errors.flatMap(({ property, constraints, children = [] }): [string, string][] => {
    // Cut, as an unknown field may be as long as the body.
    const path = `${parent}${property}`.slice(0, 100);
    const own: [string, string][] = constraints ? [[path, wording(constraints)]] : [];
    return [...own, ...fieldsOf(children, `${path}.`)];
  });
}

const wording = (constraints: Record<string, string>): string =>
  constraints.whitelistValidation !== undefined ? 'is not known' : Object.values(constraints).join('; ').slice(0, 500);
