/** Every call that the website makes, by name. */
import { call } from './client.js';
import type { Application, Desktop, DesktopToken, DesktopWindow, Launch, Provider, SignedIn, User } from './types.js';

interface Items<T> {
  readonly items: readonly T[];
}

const part = encodeURIComponent;
const desktopPath = (id: string): string => `/api/v1/desktops/${part(id)}`;
/** Where the desktop itself answers, through the gateway. */
export const onDesktop = (id: string): string => `/d/${part(id)}`;

export const attemptProgressPath = (attempt: string): string => `/api/v1/auth/attempts/${part(attempt)}/progress`;
export const desktopProgressPath = (id: string): string => `${desktopPath(id)}/progress`;
export const oauthPath = (provider: string): string => `/api/v1/auth/oauth/${part(provider)}`;

export const listProviders = async (signal?: AbortSignal): Promise<readonly Provider[]> =>
  (await call<Items<Provider>>('/api/v1/auth/providers', { signal, renew: false })).items;

export interface Credentials {
  readonly provider: string;
  readonly username?: string;
  readonly password?: string;
  /** UUID of this attempt, under which the server tells its stages. */
  readonly attempt: string;
}
export const logIn = (credentials: Credentials, signal: AbortSignal): Promise<SignedIn> =>
  call('/api/v1/auth/login', { method: 'POST', body: credentials, signal, renew: false, timeout: 60_000 });

export const logOut = (options: { stopDesktop: boolean }): Promise<void> =>
  call('/api/v1/auth/logout', { method: 'POST', body: options, renew: false, keepalive: true });

export const readMe = (signal?: AbortSignal): Promise<User> => call('/api/v1/me', { signal });

export const requestDesktop = (wish: { width: number; height: number; timezone: string; locale: string }): Promise<Desktop> =>
  call('/api/v1/desktops', { method: 'POST', body: wish });
export const readDesktop = (id: string, signal?: AbortSignal): Promise<Desktop> => call(desktopPath(id), { signal });
export const stopDesktop = (id: string): Promise<void> => call(desktopPath(id), { method: 'DELETE' });
/** Sets the cookie that opens `/d/{id}/`. */
export const openDesktop = (id: string): Promise<DesktopToken> =>
  call(`${desktopPath(id)}/token`, { method: 'POST', body: {}, timeout: 8_000 });

export const listApplications = async (signal?: AbortSignal): Promise<readonly Application[]> =>
  (await call<Items<Application>>('/api/v1/applications?limit=200', { signal })).items;
export const listLaunches = async (id: string, signal?: AbortSignal): Promise<readonly Launch[]> =>
  (await call<Items<Launch>>(`${desktopPath(id)}/applications`, { signal })).items;
export const launch = (id: string, application: string): Promise<Launch> =>
  call(`${desktopPath(id)}/applications`, { method: 'POST', body: { application } });
export const quit = (id: string, launchId: string): Promise<void> =>
  call(`${desktopPath(id)}/applications/${part(launchId)}`, { method: 'DELETE' });

export const listWindows = async (id: string, signal?: AbortSignal): Promise<readonly DesktopWindow[]> =>
  (await call<Items<DesktopWindow>>(`${onDesktop(id)}/windows`, { signal, renew: false })).items;
export const activateWindow = (id: string, window: DesktopWindow['id']): Promise<void> =>
  call(`${onDesktop(id)}/windows/${part(window)}/activate`, { method: 'POST', renew: false });
export const closeWindow = (id: string, window: DesktopWindow['id']): Promise<void> =>
  call(`${onDesktop(id)}/windows/${part(window)}/close`, { method: 'POST', renew: false });
