import i18next from 'i18next';
import { beforeAll, describe, expect, it } from 'vitest';
import { en } from './en.js';
import { fr } from './fr.js';
import { sayWait } from './say.js';

beforeAll(async () => {
  await i18next.init({ lng: 'en', resources: { en: { translation: en }, fr: { translation: fr } } });
});

describe('when somebody may try again', () => {
  it.each([
    [0, 'You can try again now.'],
    [0.2, 'Try again in one second.'],
    [89.5, 'Try again in 90 seconds.'],
    [90.5, 'Try again in 1 min 31 s.'],
    [599, 'Try again in 9 min 59 s.'],
  ])('%s s are said so that a person grasps them', (seconds, said) => {
    expect(sayWait(seconds, 'en')).toBe(said);
  });

  it('is said in French', async () => {
    await i18next.changeLanguage('fr');
    expect(sayWait(599, 'fr').replace(/\s/g, ' ')).toBe('Réessayez dans 9 min 59 s.');
  });
});
