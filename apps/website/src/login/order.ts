/** In which order the ways of logging in stand: the last used one first, forms before buttons otherwise. Pure. */
import type { Provider } from '../api/types.js';

export interface Arrangement {
  /** Those that ask for a name and a password. */
  readonly forms: readonly Provider[];
  /** Those that take one click. */
  readonly buttons: readonly Provider[];
  readonly first: 'forms' | 'buttons';
}

export const asksPassword = (provider: Provider): boolean => provider.kind !== 'oauth2' && provider.kind !== 'anonymous';

export function arrange(providers: readonly Provider[], lastUsed: string | undefined): Arrangement {
  const ordered = [...providers].sort((a, b) => Number(b.id === lastUsed) - Number(a.id === lastUsed));
  const forms = ordered.filter(asksPassword);
  const buttons = ordered.filter((provider) => !asksPassword(provider));
  const lastWasButton = buttons[0] !== undefined && buttons[0].id === lastUsed;
  return { forms, buttons, first: forms.length === 0 || lastWasButton ? 'buttons' : 'forms' };
}
