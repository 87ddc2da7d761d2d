/** What settings there are, read from the schema once: the documentation, the hints of errors and the paths all come from this list. */
import { z } from 'zod';
import { configurationSchema } from './configuration.schema.js';

/** One setting, or a group of them. */
export interface Setting {
  /** Keys from the top, `[]` for any item of a list: `identity.providers[].id`. */
  readonly path: string;
  /** What it takes, in words: `whole number, 0 to 65535`. */
  readonly type: string;
  /** As YAML writes it in one line; absent for a group and for a setting that must be there. */
  readonly default?: string;
  readonly required: boolean;
  readonly meaning: string;
  /** A file or folder: relative ones are resolved. */
  readonly isPath: boolean;
  /** Has settings below it. */
  readonly isGroup: boolean;
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly path?: boolean;
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  /** Takes values of several forms. */
  readonly anyOf?: readonly JsonSchema[];
}

function collect(schema: JsonSchema, path: string, found: Map<string, Setting>): void {
  const variants = schema.oneOf ?? [schema];
  for (const variant of variants) {
    for (const [key, child] of Object.entries(variant.properties ?? {})) {
      const childPath = path === '' ? key : `${path}.${key}`;
      const owners = variants.filter((other) => other.properties?.[key] !== undefined);
      const shared = owners.length === variants.length;
      const setting = describeSetting(
        childPath,
        child,
        variant.required?.includes(key) ?? false,
        defaultOf(schema, key) ?? defaultOf(variant, key),
      );
      const kind = `With \`kind: ${owners.map((owner) => owner.properties?.kind?.const).join('` or `')}\`.`;
      found.set(childPath, merge(found.get(childPath), shared ? setting : { ...setting, meaning: join(setting.meaning, kind) }));
      collect(child, childPath, found);
    }
  }
  if (schema.items) collect(schema.items, `${path}[]`, found);
}

/** What a group's own default says about one of its keys, else the key's default. */
function defaultOf(group: JsonSchema, key: string): unknown {
  return (group.default as Record<string, unknown> | undefined)?.[key] ?? group.properties?.[key]?.default;
}

function describeSetting(path: string, schema: JsonSchema, required: boolean, byDefault: unknown): Setting {
  const isGroup = [schema.properties, schema.oneOf, schema.items?.properties, schema.items?.oneOf].some((below) => below !== undefined);
  const written = byDefault !== undefined && !(isGroup && schema.type !== 'array');
  return {
    path,
    type: typeOf(schema),
    ...(written ? { default: JSON.stringify(byDefault) } : {}),
    required: required && byDefault === undefined,
    meaning: schema.const === undefined ? (schema.description ?? '') : kindMeaning(schema),
    isPath: schema.path === true || schema.items?.path === true,
    isGroup,
  };
}

/** Several kinds of a group share a key: the `kind` itself has a value for each, the others are the same. */
function merge(known: Setting | undefined, next: Setting): Setting {
  if (!known) return next;
  return known.type === next.type ? known : { ...known, type: `${known.type} or ${next.type}`, meaning: join(known.meaning, next.meaning) };
}

const join = (...texts: readonly string[]): string => texts.filter((text) => text !== '').join(' ');

const kindMeaning = (schema: JsonSchema): string => (schema.description ? `\`${schema.const}\`: ${schema.description}` : '');

function typeOf(schema: JsonSchema): string {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return `one of ${schema.enum.map((value) => `\`${value}\``).join(', ')}`;
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.type === 'array') return `list of ${schema.items?.properties || schema.items?.oneOf ? 'groups' : plural(schema.items)}`;
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'integer') return `whole number, ${schema.minimum} to ${schema.maximum}`;
  if (schema.properties || schema.oneOf) return 'group';
  return schema.path ? 'path' : 'text';
}

const plural = (items: JsonSchema | undefined): string => (items?.path ? 'paths' : 'texts');

/** Every setting in the schema's order, groups before what is in them; a key that several kinds share stands once. */
export const settings: readonly Setting[] = (() => {
  const found = new Map<string, Setting>();
  collect(z.toJSONSchema(configurationSchema, { io: 'input' }) as JsonSchema, '', found);
  return [...found.values()];
})();
