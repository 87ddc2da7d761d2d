/**
 * Old events stay readable, and a changed type does not slip through: every recorded event, brought to today's shape by its upcaster, fits today's
 * type as TypeScript sees it, with nothing missing and nothing left over; recorded files are added, never changed.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type Upcasters, upcast } from '#libs/event-sourcing';
import { projectFolder } from '../apps/standalone/src/project-folder.js';
import { desktopDecider } from '../libs/desktops/src/desktop.decider.js';
import { banDecider } from '../libs/identity/src/ban.decider.js';
import { sessionDecider } from '../libs/identity/src/session.decider.js';
import { recordedFiles, recordedFolder } from './support/recorded-events.js';

/** Where each kind of stream declares its events, and how its older ones are read. */
const KINDS: Readonly<Record<string, { readonly file: string; readonly union: string; readonly upcasters?: Upcasters }>> = {
  desktop: { file: 'libs/desktops/src/desktop.events.ts', union: 'DesktopEvent', ...upcastersOf(desktopDecider) },
  session: { file: 'libs/identity/src/session.events.ts', union: 'SessionEvent', ...upcastersOf(sessionDecider) },
  ban: { file: 'libs/identity/src/ban.events.ts', union: 'BanEvent', ...upcastersOf(banDecider) },
};

function upcastersOf({ upcasters }: { readonly upcasters?: Upcasters }) {
  return upcasters === undefined ? {} : { upcasters };
}

/** Reads types from sources; `extra` are files that are not on the disk. */
class Types {
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;

  constructor(files: readonly string[], extra: Readonly<Record<string, string>> = {}) {
    const { config } = ts.readConfigFile(join(projectFolder(), 'tsconfig.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, projectFolder());
    const host = ts.createCompilerHost({ ...options, noEmit: true, incremental: false, tsBuildInfoFile: undefined });
    const getSourceFile = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...rest) => {
      const text = extra[name];
      return text === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, text, ts.ScriptTarget.ES2024);
    };
    this.#program = ts.createProgram(
      [...files, ...Object.keys(extra)],
      { ...options, noEmit: true, incremental: false, tsBuildInfoFile: undefined },
      host,
    );
    this.#checker = this.#program.getTypeChecker();
  }

  /** The data of each event of a union, by the event's type. */
  eventsOf(file: string, union: string): ReadonlyMap<string, ts.Type> {
    const source = this.#program.getSourceFile(file);
    const symbol = source && this.#checker.getSymbolAtLocation(source);
    const declared = symbol && this.#checker.getExportsOfModule(symbol).find(({ name }) => name === union);
    if (!declared) throw new Error(`${file} exports no ${union}`);
    const type = this.#checker.getDeclaredTypeOfSymbol(declared);
    const members = type.isUnion() ? type.types : [type];
    return new Map(
      members.map((member) => [(this.#property(member, 'type') as ts.StringLiteralType).value, this.#property(member, 'data')]),
    );
  }

  /** How a JSON value differs from a type; empty when it fits. */
  misfits(value: unknown, type: ts.Type, path = 'data'): readonly string[] {
    if (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) return [];
    if (type.isUnion()) {
      const each = type.types.map((one) => this.misfits(value, one, path));
      return each.find(({ length }) => length === 0) ?? each.toSorted((a, b) => a.length - b.length)[0] ?? [];
    }
    const wrong = [`${path} is ${JSON.stringify(value)}, not ${this.#checker.typeToString(type)}`];
    if (type.isStringLiteral() || type.isNumberLiteral()) return value === type.value ? [] : wrong;
    if (type.flags & ts.TypeFlags.BooleanLiteral) return String(value) === this.#checker.typeToString(type) ? [] : wrong;
    if (type.flags & ts.TypeFlags.String) return typeof value === 'string' ? [] : wrong;
    if (type.flags & ts.TypeFlags.Number) return typeof value === 'number' ? [] : wrong;
    if (type.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null))
      return value === (type.flags & ts.TypeFlags.Null ? null : undefined) ? [] : wrong;
    if (typeof value !== 'object' || value === null) return wrong;
    const item = this.#checker.getIndexTypeOfType(type, ts.IndexKind.Number);
    if (item && Array.isArray(value)) return value.flatMap((one, index) => this.misfits(one, item, `${path}[${index}]`));
    return this.#misfitsOfObject(value as Readonly<Record<string, unknown>>, type, path);
  }

  #misfitsOfObject(value: Readonly<Record<string, unknown>>, type: ts.Type, path: string): readonly string[] {
    const properties = this.#checker.getPropertiesOfType(type);
    const known = new Set(properties.map(({ name }) => name));
    const others = this.#checker.getIndexTypeOfType(type, ts.IndexKind.String);
    return [
      ...properties.flatMap((property) => {
        const isOptional = (property.flags & ts.SymbolFlags.Optional) !== 0;
        if (value[property.name] === undefined) return isOptional ? [] : [`${path}.${property.name} is missing`];
        return this.misfits(value[property.name], this.#checker.getTypeOfSymbol(property), `${path}.${property.name}`);
      }),
      ...Object.entries(value)
        .filter(([name]) => !known.has(name))
        .flatMap(([name, one]) => (others ? this.misfits(one, others, `${path}.${name}`) : [`${path}.${name} is not known any more`])),
    ];
  }

  #property(type: ts.Type, name: string): ts.Type {
    const symbol = type.getProperty(name);
    if (!symbol) throw new Error(`${this.#checker.typeToString(type)} has no ${name}`);
    return this.#checker.getTypeOfSymbol(symbol);
  }
}

describe('recorded events', { timeout: 120_000 }, () => {
  const files = recordedFiles();
  const types = new Types(Object.values(KINDS).map(({ file }) => join(projectFolder(), file)));

  describe.each(Object.entries(KINDS))('of kind %s', (kind, { file, union, upcasters = {} }) => {
    const declared = types.eventsOf(join(projectFolder(), file), union);
    const own = files.filter((recorded) => recorded.kind === kind);

    it('are there of every type', () => {
      expect([...new Set(own.map(({ event }) => event.type))].sort()).toEqual([...declared.keys()].sort());
    });

    it.each(own.map(({ file, event }) => [file, event] as const))('%s fits the type of today', (_, event) => {
      const type = declared.get(event.type);
      expect(type && types.misfits(upcast(upcasters, event).data, type)).toEqual([]);
    });
  });

  it('are of known kinds only', () => expect([...new Set(files.map(({ kind }) => kind))].sort()).toEqual(Object.keys(KINDS).sort()));

  it('are of every file that declares events', () => {
    expect(globSync('libs/*/src/*.events.ts', { cwd: projectFolder() }).sort()).toEqual(
      Object.values(KINDS)
        .map(({ file }) => file)
        .sort(),
    );
    for (const { upcasters } of Object.values(KINDS)) expect(upcasters).toBeDefined();
  });

  it('are taken for events in one place for each kind, where they are brought to the shape of today', () => {
    const unions = Object.values(KINDS).map(({ union }) => union);
    const taken = new RegExp(`\\bas (?:RecordedEvent(?:<| & ))?(?:${unions.join('|')})\\b(?!\\[)`);
    const found = globSync('{libs,apps}/*/src/**/*.ts', { cwd: projectFolder() })
      .filter((file) => !file.endsWith('.spec.ts') && taken.test(readFileSync(join(projectFolder(), file), 'utf8')))
      .sort();
    expect(found).toEqual(
      Object.values(KINDS)
        .map(({ file }) => file)
        .sort(),
    );
  });

  it('are never changed: a changed type gets an upcaster, and a file of its own beside the old one', () => {
    const list = join(recordedFolder, 'files.json');
    const hashes = Object.fromEntries(
      files.map(({ kind, file, text }) => [`${kind}/${file}`, createHash('sha256').update(text).digest('hex').slice(0, 16)]),
    );
    const known = JSON.parse(readFileSync(list, 'utf8'));
    // A new file's line is added there by hand; a line that is there stays as it is.
    expect(hashes).toEqual(known);
  });
});

/** The test itself: what it must find when somebody changes a type. */
describe('a changed type', { timeout: 120_000 }, () => {
  const recorded = { type: 'DoorOpened', data: { by: 'fry', at: 1, notes: [{ text: 'a' }], how: 'pushed' } };
  const renamed = ({ by }: { by: string }) => ({ who: by });
  const typeOf = (data: string) => {
    const file = join(projectFolder(), 'test/changed.events.ts');
    const text = `export type DoorEvent = { readonly type: 'DoorOpened'; readonly data: ${data} };`;
    const types = new Types([], { [file]: text });
    const type = types.eventsOf(file, 'DoorEvent').get('DoorOpened');
    if (!type) throw new Error('no such type');
    return (event: typeof recorded, upcasters: Upcasters = {}) => types.misfits(upcast(upcasters, event).data, type);
  };

  it('that still fits passes, and so does one with something optional more', () => {
    const misfits = typeOf("{ by: string; at: number; notes: readonly { text: string }[]; how: 'pushed' | 'pulled'; why?: string }");
    expect(misfits(recorded)).toEqual([]);
  });

  it.each([
    ['asks for more', "{ by: string; at: number; notes: readonly { text: string }[]; how: 'pushed'; why: string }", 'data.why is missing'],
    [
      'has another name for something',
      "{ who?: string; at: number; notes: readonly { text: string }[]; how: 'pushed' }",
      'data.by is not known any more',
    ],
    [
      'has another type of something',
      "{ by: string; at: string; notes: readonly { text: string }[]; how: 'pushed' }",
      'data.at is 1, not string',
    ],
    [
      'has another type far inside',
      "{ by: string; at: number; notes: readonly { text: number }[]; how: 'pushed' }",
      'data.notes[0].text is "a", not number',
    ],
    [
      'lacks a value',
      "{ by: string; at: number; notes: readonly { text: string }[]; how: 'pulled' }",
      'data.how is "pushed", not "pulled"',
    ],
  ])('that %s is found out', (_, data, misfit) => expect(typeOf(data)(recorded)).toEqual([misfit]));

  it('passes again with an upcaster', () => {
    const misfits = typeOf('{ who: string }');
    expect(misfits(recorded, { DoorOpened: renamed })).toEqual([]);
  });
});
