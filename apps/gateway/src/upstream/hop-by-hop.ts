/** Which headers go through to the other side, and which mean one connection only (RFC 9110, 7.6.1). */
import { valuesOf } from './answer-parser.js';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/**
 * Names and values in turn, without what belongs to the connection.
 * @param isOther by lower-case name: what else stays behind
 */
export function endToEnd(rawHeaders: readonly string[], isOther: (name: string) => boolean): string[] {
  const named = new Set(valuesOf(rawHeaders, 'connection').flatMap((value) => value.toLowerCase().split(/[\s,]+/)));
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] as string).toLowerCase();
    if (!HOP_BY_HOP.has(name) && !named.has(name) && !isOther(name))
      kept.push(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }
  return kept;
}
