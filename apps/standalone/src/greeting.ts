/** What a person reads in the terminal after `npm start`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Configuration } from '#libs/common';
import { projectFolder } from './project-folder.js';

export const demoConfigurationFile = join(projectFolder(), 'apps/standalone/demo/deskhand.yaml');

export function greeting({ installation, identity }: Configuration, url: string): string {
  const demo = identity.providers.flatMap((provider) =>
    provider.kind === 'local' && provider.demo ? userNames(provider.accountsFile) : [],
  );
  return [
    '',
    `  ${installation.name} is ready: ${url}`,
    ...(demo.length > 0 ? ['', `  Demo users (the password is the name): ${demo.join(', ')}`] : []),
    '',
    '  Desktops run as processes of this machine and are not isolated from it. Ctrl-C ends everything.',
    '',
  ].join('\n');
}

function userNames(accountsFile: string): readonly string[] {
  const { accounts } = parse(readFileSync(accountsFile, 'utf8')) as { accounts?: readonly { readonly username: string }[] };
  return (accounts ?? []).map(({ username }) => username);
}
