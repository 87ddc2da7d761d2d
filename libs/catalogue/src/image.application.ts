/**
 * Decides which application an image is, from the `oc.*` labels that abcdesktop.io gave their meaning
 * (https://www.abcdesktop.io/common/applications/) and from what its maker lets it run. Labels are anybody's text. Pure.
 */
import { z } from 'zod';
import { cleanText } from '#libs/display';
import type { ApplicationContainer } from '#libs/runtime';
import { type AccessList, type Application, type CatalogueEntry, nameOf } from './application.js';
import { type ExecPart, splitExec } from './desktop-entry.exec.js';
import { type Icon, iconOf } from './machine.icons.js';

/** What we read of `docker inspect IMAGE`: https://github.com/opencontainers/image-spec/blob/main/config.md */
export const inspectedImage = z.object({
  RepoTags: z.array(z.string()).nullish(),
  RepoDigests: z.array(z.string()).nullish(),
  Config: z.object({
    Labels: z.record(z.string(), z.string()).nullish(),
    Entrypoint: z.array(z.string()).nullish(),
    Cmd: z.array(z.string()).nullish(),
  }),
});
export type InspectedImage = z.infer<typeof inspectedImage>;

const REFERENCE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,499}$/;
const MAX_ITEMS = 100;
const MAX_ITEM_LENGTH = 100;
const MAX_WORD_LENGTH = 4_096;

const ENGINES: Readonly<Record<string, ApplicationContainer['engine']>> = {
  ephemeral_container: 'ephemeral-container',
  pod_application: 'pod',
};

/** abcdesktop.io's words for the categories of https://specifications.freedesktop.org/menu-spec/latest/category-registry.html */
const CATEGORIES: Readonly<Record<string, string>> = { utilities: 'Utility', games: 'Game', multimedia: 'AudioVideo', internet: 'Network' };

const aclSchema = z.object({ permit: z.array(z.string()).default([]), deny: z.array(z.string()).default([]) });

/**
 * The entry of an image whose `oc.type` is `app`.
 *
 * @throws Error with a sentence about what is wrong with it
 */
export function imageEntryOf(image: InspectedImage): CatalogueEntry | undefined {
  const labels = image.Config.Labels ?? {};
  if (labels['oc.type'] !== 'app') return undefined;
  const reference = image.RepoTags?.[0] ?? image.RepoDigests?.[0] ?? '';
  if (!REFERENCE.test(reference)) throw new Error('it has no tag and no digest that can be pulled');
  const name = nameOf(labels['oc.name'] ?? repositoryOf(reference));
  if (name === '') throw new Error('its oc.name has no letter or digit');
  const icon = iconFrom(labels['oc.icondata']);
  const application = describe(name, labels, engineFrom(labels), icon !== undefined);
  return {
    name,
    command: commandOf(image, labels, application.mimeTypes.length > 0),
    container: { engine: engineFrom(labels), image: reference },
    ...aclFrom(labels['oc.acl']),
    describe: () => application,
    icon: () => icon,
  };
}

type Labels = Readonly<Record<string, string>>;

function describe(name: string, labels: Labels, engine: ApplicationContainer['engine'], hasIcon: boolean): Application {
  const comment = cleanText(labels['oc.comment'] ?? labels['org.opencontainers.image.description'] ?? '');
  return {
    name,
    displayName: cleanText(labels['oc.displayname'] ?? labels['oc.name'] ?? '', MAX_ITEM_LENGTH) || name,
    ...(comment ? { comment } : {}),
    hasIcon,
    categories: listFrom(labels['oc.cat']).map((category) => CATEGORIES[category.toLowerCase()] ?? capitalised(category)),
    keywords: listFrom(labels['oc.keyword']),
    mimeTypes: listFrom(labels['oc.mimetype']),
    engine,
  };
}

function engineFrom(labels: Labels): ApplicationContainer['engine'] {
  const wanted = labels['oc.containerengine'] || 'ephemeral_container';
  const engine = ENGINES[wanted];
  if (!engine) throw new Error(`its oc.containerengine is neither ${Object.keys(ENGINES).join(' nor ')}`);
  return engine;
}

/** A program with plain words; files and addresses of the caller come last, where it says which kinds it opens. */
function commandOf({ Config: { Entrypoint, Cmd } }: InspectedImage, labels: Labels, opens: boolean): readonly ExecPart[] {
  const program = labels['oc.path'] ? [labels['oc.path']] : (Entrypoint ?? []);
  const words = [...program, ...(labels['oc.args'] ? argumentsFrom(labels['oc.args']) : labels['oc.path'] ? [] : (Cmd ?? []))];
  if (!words[0]) throw new Error('it has neither oc.path nor an entry point nor a command');
  if (words.length > MAX_ITEMS || words.some((word) => word.length > MAX_WORD_LENGTH || word.includes('\0'))) {
    throw new Error('its command is too long');
  }
  return [...words.map((text) => ({ text })), ...(opens ? [{ takes: 'many' as const, before: '', after: '' }] : [])];
}

function argumentsFrom(text: string): readonly string[] {
  const words = splitExec(text);
  if (!words) throw new Error('its oc.args has a quote that stays open');
  return words.map(({ word }) => word);
}

function aclFrom(text: string | undefined): { readonly acl?: AccessList } {
  if (!text) return {};
  try {
    return { acl: aclSchema.parse(JSON.parse(text)) };
  } catch {
    // Better nobody's application than everybody's.
    throw new Error('its oc.acl is not JSON with lists permit and deny');
  }
}

function iconFrom(base64: string | undefined): Icon | undefined {
  return base64 ? iconOf(Buffer.from(base64, 'base64')) : undefined;
}

const listFrom = (text = ''): readonly string[] =>
  text
    .split(/[;,]/, MAX_ITEMS)
    .map((item) => cleanText(item, MAX_ITEM_LENGTH))
    .filter((item) => item !== '');

const capitalised = (word: string): string => `${word.charAt(0).toUpperCase()}${word.slice(1)}`;

/** `registry:5000/team/editor:1.2@sha256:...` is an `editor`. */
const repositoryOf = (reference: string): string => /([^/:@]+)(?::[^/@]+)?(?:@.*)?$/.exec(reference)?.[1] ?? '';
