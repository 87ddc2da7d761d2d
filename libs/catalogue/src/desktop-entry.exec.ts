/** Reads the `Exec` line of a desktop entry into a program and its arguments. Pure, and never a shell: what a shell would expand stays as it is. */
import { DeskhandError } from '#libs/common';

/** What may stand where an application takes files or addresses. */
export const MAX_ARGUMENTS = 32;
/** Length of one argument, in UTF-16 code units. */
export const MAX_ARGUMENT_LENGTH = 4_096;

/** What field codes are filled with beside the caller's arguments. */
export interface ExecFields {
  /** `%i` becomes `--icon NAME`, or nothing. */
  readonly icon: string | undefined;
  /** `%c`. */
  readonly displayName: string;
  /** `%k`. */
  readonly file: string;
}

/** A part of the command: fixed text, or a place for one or many arguments of the caller. */
export type ExecPart = { readonly text: string } | { readonly takes: 'one' | 'many'; readonly before: string; readonly after: string };

const DEPRECATED_CODES = 'dDnNvm';

/**
 * The words of an `Exec` line whose escapes of a string value are undone already: parted at blanks, double quotes keep blanks, and inside
 * them a backslash stands before `"`, `` ` ``, `$` and `\`.
 *
 * @returns undefined where a quote stays open or stands in the middle of a word
 */
export function splitExec(line: string): readonly { readonly word: string; readonly quoted: boolean }[] | undefined {
  const words: { word: string; quoted: boolean }[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\.)*)"(?=\s|$)|([^\s"]+)(?=\s|$))/gy;
  const text = line.trim();
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const [, quoted, plain] = match;
    words.push(
      quoted === undefined ? { word: plain ?? '', quoted: false } : { word: quoted.replaceAll(/\\(["`$\\])/g, '$1'), quoted: true },
    );
  }
  return words.length === 0 ? undefined : words;
}

/**
 * The command with its field codes filled, except those that take the caller's arguments.
 *
 * @returns undefined where the line is not valid: an open quote, an unknown field code, or no program
 */
export function parseExec(line: string, fields: ExecFields): readonly ExecPart[] | undefined {
  const parts: ExecPart[] = [];
  for (const { word, quoted } of splitExec(line) ?? []) {
    // Inside quotes field codes have no meaning, but %% is written there too.
    const part = quoted ? [{ text: word.replaceAll('%%', '%') }] : fill(word, fields);
    if (part === undefined) return undefined;
    parts.push(...part);
  }
  const [program] = parts;
  return program && 'text' in program && program.text !== '' && !program.text.includes('=') ? parts : undefined;
}

function fill(word: string, fields: ExecFields): readonly ExecPart[] | undefined {
  if (word === '%i') return fields.icon === undefined ? [] : [{ text: '--icon' }, { text: fields.icon }];
  if (word === '%F' || word === '%U') return [{ takes: 'many', before: '', after: '' }];
  if (word.length === 2 && word[0] === '%' && DEPRECATED_CODES.includes(word[1] ?? '')) return [];
  let before = '';
  let after: string | undefined;
  for (const piece of word.match(/%.?|[^%]+/gs) ?? []) {
    const text = pieceOf(piece, fields);
    if (text === undefined && after !== undefined) return undefined;
    if (text === undefined && piece !== '%f' && piece !== '%u') return undefined;
    if (text === undefined) after = '';
    else if (after === undefined) before += text;
    else after += text;
  }
  return [after === undefined ? { text: before } : { takes: 'one', before, after }];
}

function pieceOf(piece: string, fields: ExecFields): string | undefined {
  if (!piece.startsWith('%')) return piece;
  if (piece === '%%') return '%';
  if (piece === '%c') return fields.displayName;
  if (piece === '%k') return fields.file;
  return undefined;
}

/**
 * The command for a caller's arguments: each stays one plain word. An argument that starts with `-` is refused, so that nobody passes
 * options as files; a file of such a name is `./-name`.
 *
 * @throws DeskhandError `INVALID_REQUEST` where they are too many, too long, not printable, options, or more than the application takes
 */
export function fillArguments(parts: readonly ExecPart[], given: readonly string[]): readonly string[] {
  checkArguments(parts, given);
  return parts.flatMap((part) => {
    if ('text' in part) return [part.text];
    if (part.takes === 'many') return given;
    // A word of its own goes away without an argument; `--uri=%u` goes with it.
    return given[0] === undefined ? [] : [`${part.before}${given[0]}${part.after}`];
  });
}

function checkArguments(parts: readonly ExecPart[], given: readonly string[]): void {
  const takes = parts.some((part) => 'takes' in part && part.takes === 'many')
    ? MAX_ARGUMENTS
    : parts.some((part) => 'takes' in part)
      ? 1
      : 0;
  if (given.length > takes) throw refusal('arguments', takes === 0 ? 'this application takes none' : `${takes} at most`);
  given.forEach((argument, index) => {
    if (argument === '') throw refusal(`arguments[${index}]`, 'is empty');
    if (argument.length > MAX_ARGUMENT_LENGTH) throw refusal(`arguments[${index}]`, `${MAX_ARGUMENT_LENGTH} characters at most`);
    if (argument.startsWith('-')) throw refusal(`arguments[${index}]`, 'starts with "-"; write ./-name for a file of that name');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    if (/[\x00-\x1f\x7f]/.test(argument)) throw refusal(`arguments[${index}]`, 'has control characters');
  });
}

const refusal = (field: string, message: string): DeskhandError =>
  new DeskhandError('INVALID_REQUEST', `The application cannot be started so: ${field} ${message}.`, { fields: { [field]: message } });
