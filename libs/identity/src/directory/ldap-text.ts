/** Puts what people type into filters and names of a directory, so that it stays one value whatever is in it. */
import { AndFilter, EqualityFilter, type Filter, FilterParser } from 'ldapts';

const PLACEHOLDER = /\{\{([A-Za-z][A-Za-z0-9;-]*)\}\}/g;

/** RFC 4515, section 3. */
export const escapeFilterValue = (value: string): string =>
  value.replace(/[\0()*\\]/g, (character) => `\\${character.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** All of these conditions: texts, and values of bytes, which the client's own text form of a filter would spoil. */
export const allOf = (...conditions: readonly (string | Filter)[]): Filter =>
  new AndFilter({ filters: conditions.map((one) => (typeof one === 'string' ? FilterParser.parseString(one) : one)) });

export const isBytes = (attribute: string, value: Uint8Array): Filter => new EqualityFilter({ attribute, value: Buffer.from(value) });

/** RFC 4514, section 2.4; also what only some parsers take for special. */
export const escapeDnValue = (value: string): string =>
  value
    .replace(/["+,;<>=\\#/]/g, '\\$&')
    .replace(/\0/g, '\\00')
    .replace(/^ | $/g, '\\ ');

/**
 * Replaces each `{{name}}` of a template.
 *
 * @param quote one of the above, as the place demands
 * @returns undefined when one of the values is not known: a filter with a hole in it would find others
 */
export function fill(template: string, values: (name: string) => string | undefined, quote: (value: string) => string): string | undefined {
  let isWhole = true;
  const text = template.replace(PLACEHOLDER, (_, name: string) => {
    const value = values(name);
    if (value === undefined || value === '') isWhole = false;
    return quote(value ?? '');
  });
  return isWhole ? text : undefined;
}

export const placeholdersOf = (template: string): readonly string[] => [...template.matchAll(PLACEHOLDER)].map(([, name = '']) => name);

/** Attributes that the filter compares with the name that was typed. */
export const comparedOf = (filter: string): readonly string[] =>
  [...filter.matchAll(/\(([A-Za-z][A-Za-z0-9;-]*)=\{\{username\}\}\)/g)].map(([, attribute = '']) => attribute);

/** Attributes that have the name that was typed as their part of the DN. */
export const namingOf = (dn: string): readonly string[] =>
  [...dn.matchAll(/(?:^|[,+])\s*([A-Za-z][A-Za-z0-9-]*)=\{\{username\}\}(?=$|[,+])/g)].map(([, attribute = '']) => attribute);
