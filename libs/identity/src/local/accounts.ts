/** Reads the file of local accounts and names everything that is wrong with it at once. */
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { DeskhandError } from '#libs/common';
import { accountNameOf } from '../account-name.js';

const text = z.string().min(1).max(200);
const texts = z.array(text).max(100).default([]);

const accountsSchema = z.strictObject({
  accounts: z
    .array(
      z.strictObject({
        /** What is typed at login; matched without regard to case. */
        username: text,
        /** What people see. */
        name: text,
        /** Never changes and is never given to somebody else. */
        subject: text,
        mail: z.email().optional(),
        groups: texts,
        roles: texts,
        labels: texts,
        /** Nobody gets in with it, and its sessions end at their next renewal. */
        disabled: z.boolean().default(false),
        /** argon2id in its PHC form, such as the `argon2` program prints it. */
        hash: z
          .string()
          .regex(/^\$argon2id\$v=19\$m=\d{4,7},t=\d{1,2},p=\d{1,2}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$/, 'not an argon2id hash'),
      }),
    )
    .min(1)
    .max(10_000),
});

export type Account = z.infer<typeof accountsSchema>['accounts'][number];
/** By the one spelling of their names. */
export type Accounts = ReadonlyMap<string, Account>;

/** @throws DeskhandError `CONFIGURATION_INVALID` */
export async function readAccounts(file: string): Promise<Accounts> {
  const invalid = (why: string) => new DeskhandError('CONFIGURATION_INVALID', `The accounts file ${file} is not usable: ${why}.`);
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
    Promise.reject(invalid(error.code ?? error.message)),
  );
  return parseAccounts(content, invalid);
}

export function parseAccounts(content: string, invalid: (why: string) => Error): Accounts {
  const { data, error } = accountsSchema.safeParse(parseYaml(content, invalid));
  if (error) throw invalid(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const accounts = new Map<string, Account>();
  const subjects = new Set<string>();
  for (const account of data.accounts) {
    const name = accountNameOf(account.username);
    if (name === undefined) throw invalid(`"${account.username}" cannot be a user name`);
    if (accounts.has(name)) throw invalid(`the user name ${name} is there twice`);
    if (subjects.has(account.subject)) throw invalid(`the subject ${account.subject} is there twice`);
    accounts.set(name, account);
    subjects.add(account.subject);
  }
  return accounts;
}

function parseYaml(content: string, invalid: (why: string) => Error): unknown {
  try {
    return parse(content, { maxAliasCount: 0 });
  } catch (error) {
    // Without the lines that the parser quotes: they may hold hashes.
    throw invalid(error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'not YAML');
  }
}
