/** What a renewal asks the provider, over a real store. Providers that fail on command are made here: no real one does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configurationSchema, DeskhandError } from '#libs/common';
import { KeyRing, UserTokens } from '#libs/tokens';
import { MemoryEventStore } from '../../event-sourcing/src/memory/memory-event-store.js';
import { AnonymousProvider } from './anonymous/anonymous-provider.js';
import { IdentityViews } from './identity.views.js';
import { IdentityProviders } from './identity-providers.js';
import { LogIn, RenewLogin, type SignedIn } from './login.commands.js';
import { LoginGuard } from './login-guard.js';
import { newRefreshToken } from './refresh-token.js';
import { RenewLoginHandler } from './session.handlers.js';
import { SessionOpener } from './session-opener.js';

const configuration = configurationSchema.parse({});
const folder = mkdtempSync(join(tmpdir(), 'deskhand-renewal-'));
const person = new AnonymousProvider({
  kind: 'anonymous',
  id: 'guests',
  displayName: 'Guests',
  demo: false,
  labels: [],
  sessions: 10,
  sessionsPerAddress: 10,
});
let tokens: UserTokens;
let store: MemoryEventStore;
let views: IdentityViews;
let asked: string[];
let answer: () => Promise<boolean>;
let renewal: RenewLoginHandler;
let signedIn: SignedIn;
beforeAll(async () => {
  tokens = new UserTokens(await KeyRing.open(join(folder, 'keys')), 'here', 900);
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  store = new MemoryEventStore();
  views = new IdentityViews(store, configuration);
  asked = [];
  answer = async () => true;
  const provider = Object.assign(Object.create(person), {
    stillAllowed: (subject: string) => {
      asked.push(subject);
      return answer();
    },
  });
  const opener = new SessionOpener(store, tokens, configuration);
  renewal = new RenewLoginHandler(store, opener, views, new IdentityProviders([provider]), new LoginGuard(store, views, configuration));
  const login = new LogIn('guests', {}, { address: '192.0.2.1', userAgent: 'Browser' });
  signedIn = await opener.open(login, await person.authenticate());
});
afterEach(async () => {
  await views.onModuleDestroy();
  await store.close();
});

const renew = (refreshToken = signedIn.refreshToken ?? '') => renewal.execute(new RenewLogin(refreshToken));

describe('a renewal', () => {
  it('asks the provider whether the subject may still come in', async () => {
    expect((await renew()).user.subject).toBe(signedIn.user.subject);
    expect(asked).toStrictEqual([signedIn.user.subject]);
  });

  it('ends the session when it may not', async () => {
    answer = async () => false;
    await expect(renew()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
    expect(await views.sessions.isLive(signedIn.user.sessionId)).toBe(false);
    answer = async () => true;
    await expect(renew()).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('goes on while the provider cannot tell: a directory that is down throws nobody out', async () => {
    answer = () => Promise.reject(new DeskhandError('PROVIDER_UNAVAILABLE'));
    const { refreshToken } = await renew();
    expect(refreshToken).toBeDefined();
    answer = async () => false;
    await expect(renew(refreshToken)).rejects.toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('asks nobody for a token that is not good', async () => {
    await expect(renew(newRefreshToken(signedIn.user.sessionId).token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(renew('nonsense')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toStrictEqual([]);
  });
});
