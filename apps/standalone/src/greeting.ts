/** What a person reads in the terminal after `npm start`. */
import type { Standalone } from './standalone.js';

const ABOUT_DESKTOPS: Readonly<Record<Standalone['runtime'], string>> = {
  local: 'Desktops run as processes of this machine and are not isolated from it. Ctrl-C ends everything.',
  kubernetes: 'Desktops run as pods. Ctrl-C ends the server and leaves them: the next one finds them again.',
};

/** @param name what the installation calls itself */
export function greeting(name: string, { url, open, demoAccounts, runtime }: Omit<Standalone, 'stop'>): string {
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
    `  ${ABOUT_DESKTOPS[runtime]}`,
    '',
  ].join('\n');
}
