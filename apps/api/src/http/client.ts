/** Who asks, from where and over which line: in the words of the gateway where it shows its pass, else as listed proxies say. */
import { isIP } from 'node:net';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { plainAddress } from '#libs/common';
import { GATEWAY_HEADER, gatewayPassCheck } from '#libs/tokens';

type Asked = Pick<Request, 'app' | 'headers' | 'ip' | 'secure' | 'socket'>;

const ofGateways = new WeakSet<object>();

/** Has to see a request before anything asks for its client. @param lineSecret `KeyRing.lineSecret` */
export function meetGateways(lineSecret: Uint8Array): RequestHandler {
  const isPass = gatewayPassCheck(lineSecret);
  return (request: Request, _: Response, next: NextFunction) => {
    const shown = request.headers[GATEWAY_HEADER];
    // Nothing behind here has a use for it, and nothing shall log it.
    delete request.headers[GATEWAY_HEADER];
    if (typeof shown === 'string' && isPass(shown)) ofGateways.add(request);
    next();
  };
}

/** IP address of the client. */
export function addressOf(request: Asked): string {
  const said = request.headers['x-forwarded-for'];
  return plainAddress(ofGateways.has(request) && typeof said === 'string' && isIP(said) !== 0 ? said : request.ip);
}

/** Whether the browser's side of the line is https, which decides on the names and attributes of cookies. */
export const isSecure = (request: Asked): boolean =>
  ofGateways.has(request) ? request.headers['x-forwarded-proto'] === 'https' : request.secure;

/** Whether headers count that only listed proxies may set: a gateway has looked whose they are, and a listed proxy may call here itself. */
export function isOfProxies(request: Asked): boolean {
  const isTrusted = request.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return ofGateways.has(request) || isTrusted(plainAddress(request.socket.remoteAddress), 0);
}
