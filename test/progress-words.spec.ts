/** What the control plane says while somebody waits is said in the reader's language: the pages know each of its sentences. */
import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { loginTopic, type ProgressLine } from '#libs/progress';
import { en } from '../apps/website/src/i18n/en.js';
import { fr } from '../apps/website/src/i18n/fr.js';
import { sayLine } from '../apps/website/src/i18n/say.js';
import { progressOf } from '../libs/desktops/src/desktop.progress.js';
import { LoginStages } from '../libs/identity/src/login.stages.js';
import { MemoryProgress } from '../libs/progress/src/memory/memory-progress.js';
import { recordedFiles } from './support/recorded-events.js';

const ATTEMPT = '00000000-0000-4000-8000-000000000000';

/** Of every event of a desktop; how a start failed is said beside the lines. */
const linesOfDesktops = (): readonly ProgressLine[] =>
  recordedFiles()
    .filter(({ kind }) => kind === 'desktop')
    .flatMap(({ event }, position) => progressOf({ ...event, stream: 'desktop-0', position, version: 1 } as never))
    .map(({ line }) => line)
    .filter(({ phase }) => phase !== 'failed');

const linesOfALogin = async (): Promise<readonly ProgressLine[]> => {
  const progress = new MemoryProgress();
  const stages = new LoginStages(progress, ATTEMPT);
  await stages.contacting();
  await stages.verifying();
  await stages.secrets();
  await stages.signedIn();
  return progress.read(loginTopic(ATTEMPT));
};

beforeAll(async () => {
  await i18next.init({ lng: 'fr', resources: { en: { translation: en }, fr: { translation: fr } } });
});

describe('what is said while somebody waits', () => {
  it('is said in French to who reads French', async () => {
    const lines = [...linesOfDesktops(), ...(await linesOfALogin())];
    expect(new Set(lines.map(({ phase }) => phase))).toEqual(new Set(Object.keys(en.progress.says)));
    expect(lines.filter((line) => sayLine(line) === line.message)).toEqual([]);
  });

  it('stays as it is where a cluster said it', () => {
    expect(sayLine({ phase: 'image', message: 'Back-off pulling image' })).toBe('Back-off pulling image');
    expect(sayLine({ phase: 'toString', message: 'anything' })).toBe('anything');
  });

  it('tells the run where it is not the first', () => {
    expect(sayLine({ phase: 'requested', message: 'Desktop requested (run 3)' })).toBe('Bureau demandé (run 3)');
  });
});
