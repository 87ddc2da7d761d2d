/** An address of this machine that is not loopback: who calls there looks like somebody from another machine. */
import { networkInterfaces } from 'node:os';

/** @returns undefined for a machine without any */
export const outerAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
