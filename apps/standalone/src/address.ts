/** Where browsers find a server that listens on an address, and which host name it must then answer to. */

/** They mean "every address of this machine" and are none that a browser could ask. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** @param listened as in `http.host` */
export const hostOf = (listened: string): string => EVERYWHERE[listened] ?? (listened.includes(':') ? `[${listened}]` : listened);

/** Whether other machines can come to it. */
export const isOpen = (listened: string): boolean => listened in EVERYWHERE || !LOOPBACK.test(hostOf(listened));
