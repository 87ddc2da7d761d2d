/** What an application is to the catalogue, wherever it comes from. */
import type { ApplicationContainer, ApplicationEngine } from '#libs/runtime';
import type { ExecPart } from './desktop-entry.exec.js';
import type { Icon } from './machine.icons.js';

/** An application as callers see it. */
export interface Application {
  /** Of letters, digits, `.`, `_` and `-`: stays the same on every machine. */
  readonly name: string;
  readonly displayName: string;
  readonly comment?: string;
  /** Whether `Catalogue.iconOf` has one. */
  readonly hasIcon: boolean;
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
  readonly mimeTypes: readonly string[];
  /** How it would run if the desktop had a say in nothing: see application.engine.ts. */
  readonly engine: ApplicationEngine;
}

/** One application that may be started, as the catalogue keeps it. */
export interface CatalogueEntry {
  readonly name: string;
  readonly command: readonly ExecPart[];
  /** Absent: it is a program of the desktop's own machine. */
  readonly container?: ApplicationContainer;
  /** Labels of users that its maker lets in or keeps out, beside what the configuration says; absent: everybody. */
  readonly acl?: AccessList;
  /** In the reader's language (BCP 47), as far as there are words in it. */
  describe(locale?: string): Application;
  icon(): Icon | undefined;
}

/** `all` stands for everybody. */
export interface AccessList {
  readonly permit: readonly string[];
  readonly deny: readonly string[];
}

/** Where applications come from. */
export interface CatalogueSource {
  /** By name, as they are now; asked often, so it keeps what it has read while nothing changes. */
  entries(): ReadonlyMap<string, CatalogueEntry>;
}

/** `text` with only the characters that file names, URLs and streams take as they are; at most 100 of them, perhaps none. */
export function nameOf(text: string): string {
  return text
    .replaceAll(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 100);
}
