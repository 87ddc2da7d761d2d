/** What a gateway shows the control plane with each request, so that its word on who the client is counts wherever the gateway stands. */
import { hkdfSync, timingSafeEqual } from 'node:crypto';

/** Between gateway and control plane only: the gateway takes it out of what clients send, and gives it to no other server. */
export const GATEWAY_HEADER = 'x-deskhand-gateway';

/** The value of {@link GATEWAY_HEADER}: no request shows more than this one use. @param lineSecret {@link KeyRing.lineSecret} */
export const gatewayPass = (lineSecret: Uint8Array): string =>
  Buffer.from(hkdfSync('sha256', lineSecret, '', 'deskhand-gateway-pass-v1', 32)).toString('base64url');

/** Looks whether somebody shows the pass; takes as long whatever is shown. */
export function gatewayPassCheck(lineSecret: Uint8Array): (shown: string | undefined) => boolean {
  const pass = Buffer.from(gatewayPass(lineSecret));
  return (shown) => {
    const given = Buffer.from(shown ?? '');
    return given.length === pass.length && timingSafeEqual(given, pass);
  };
}
