/** What a person reads in the terminal after `npm start`. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Configuration } from '#libs/common';

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

/** The nearest folder above with a package.json: the same whether this runs from sources or compiled. */
export function projectFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
