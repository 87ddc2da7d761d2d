/** Which language the pages speak: chosen, else the browser's, else English. English is in the bundle, others come when needed. */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { recall, remember } from '../app/memory.js';
import { en } from './en.js';

/** Each language by its own name. */
export const languages = { en: 'English', fr: 'Français' } as const;
export type Language = keyof typeof languages;
const KEY = 'language';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
  }
}

const isLanguage = (tag: string | undefined): tag is Language => tag !== undefined && Object.hasOwn(languages, tag);

/** The first of `wishes` (BCP 47) that there is. */
export function pickLanguage(chosen: string | undefined, wishes: readonly string[]): Language {
  return [chosen, ...wishes.map((wish) => wish.split('-')[0]?.toLowerCase())].find(isLanguage) ?? 'en';
}

/** Numbers and times as where the reader lives: `en` may be British or American. */
export function regionOf(language: string, wishes: readonly string[]): string {
  return wishes.find((wish) => wish.split('-')[0]?.toLowerCase() === language) ?? language;
}

async function speak(language: Language): Promise<void> {
  if (language === 'fr' && !i18next.hasResourceBundle('fr', 'translation')) {
    const { fr } = await import('./fr.js');
    i18next.addResourceBundle('fr', 'translation', fr);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: 'en',
    fallbackLng: 'en',
    resources: { en: { translation: en } },
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  // A language file that does not load must not keep anybody out.
  await speak(pickLanguage(recall<string>(KEY), navigator.languages)).catch(() => undefined);
}

export async function chooseLanguage(language: Language): Promise<void> {
  remember(KEY, language);
  await speak(language);
}
