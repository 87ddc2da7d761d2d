/** What an agent answers comes out of a desktop: only the codes of the catalogue are believed. */
import { expect, it } from 'vitest';
import { agentError } from './agent-client.js';

it.each([
  ['{"code":"APPLICATION_NOT_FOUND","detail":"none"}', 'APPLICATION_NOT_FOUND', 'none'],
  ['{"code":"constructor","detail":"none"}', 'DESKTOP_UNREACHABLE', 'The desktop answered with an error that is not understood.'],
  ['<html>', 'DESKTOP_UNREACHABLE', 'The desktop answered with an error that is not understood.'],
])('%s', (text, code, detail) => {
  expect(agentError(text)).toMatchObject({ code, detail });
});
