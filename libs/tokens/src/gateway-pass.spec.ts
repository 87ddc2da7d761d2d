/** The pass of gateways is the secret of the line's, and nothing that resembles it. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { gatewayPass, gatewayPassCheck } from './gateway-pass.js';

const secret = randomBytes(32);
const pass = gatewayPass(secret);
const isPass = gatewayPassCheck(secret);

it('is good where the same secret is, and tells nothing of it', () => {
  expect(isPass(pass)).toBe(true);
  expect(Buffer.from(pass, 'base64url')).not.toEqual(secret);
  expect(gatewayPassCheck(randomBytes(32))(pass)).toBe(false);
});

it.each([undefined, '', pass.slice(1), `${pass}A`, `${pass}, ${pass}`, pass.toLowerCase(), secret.toString('base64url'), 'é'.repeat(43)])(
  'is not %j',
  (shown) => expect(isPass(shown)).toBe(false),
);
