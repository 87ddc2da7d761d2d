/** One entry of a directory: values by attribute, whichever way the server spells the attribute's name. */
import type { Entry } from 'ldapts';

type Values = string | Buffer | readonly (string | Buffer)[];

export class LdapEntry {
  readonly dn: string;
  readonly #values = new Map<string, readonly (string | Buffer)[]>();

  constructor({ dn, ...attributes }: Readonly<Record<string, Values>> | Entry) {
    this.dn = String(dn);
    for (const [name, value] of Object.entries(attributes)) this.#values.set(name.toLowerCase(), [value].flat() as (string | Buffer)[]);
  }

  texts(attribute: string): readonly string[] {
    return (this.#values.get(attribute.toLowerCase()) ?? []).map(String);
  }

  first(attribute: string): string | undefined {
    return this.texts(attribute)[0];
  }

  /** Of an attribute that was asked for as bytes. */
  bytes(attribute: string): Buffer | undefined {
    const value = this.#values.get(attribute.toLowerCase())?.[0];
    return Buffer.isBuffer(value) ? value : undefined;
  }

  /** Those of the named attributes that have values, by the name that was asked for. */
  pick(attributes: readonly string[]): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(attributes.map((name) => [name, this.texts(name)] as const).filter(([, values]) => values.length > 0));
  }
}

/** Each group by its name and by its DN; a name that could be taken for a DN is left out. */
export const groupNames = (groups: readonly LdapEntry[], attribute: string): readonly string[] =>
  groups.flatMap((group) => [...group.texts(attribute).filter((name) => !name.includes('=')), group.dn]);
