/** What a command of operators is given and gives back. */
import type { Configuration } from '#libs/common';

/** @returns the exit code */
export type Command = (configuration: Configuration, args: readonly string[]) => Promise<number>;

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** @returns the exit code of a call that nobody understands */
export function explain(usage: string): number {
  process.stderr.write(`usage: ${usage}\n`);
  return 2;
}
