/** What a person reads in the terminal after `npm start`. */
import type { Standalone } from './standalone.js';

/** @param name what the installation calls itself */
export function greeting(name: string, { url, open, demoAccounts }: Pick<Standalone, 'url' | 'open' | 'demoAccounts'>): string {
  return [
    '',
    `  ${name} is ready: ${url}`,
    ...(demoAccounts.length > 0 ? ['', `  Demo users (the password is the name): ${demoAccounts.join(', ')}`] : []),
    ...(open
      ? [
          '',
          '  Open to other machines, under its address and the names in http.allowedHosts; demo and anonymous logins work over 127.0.0.1 only.',
        ]
      : []),
    '',
    '  Desktops run as processes of this machine and are not isolated from it. Ctrl-C ends everything.',
    '',
  ].join('\n');
}
