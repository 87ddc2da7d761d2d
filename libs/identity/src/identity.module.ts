/** Wires identity: the providers that the configuration names, sessions and their views. The only place that picks providers. */
import { join } from 'node:path';
import { Module } from '@nestjs/common';
import {
  assertNever,
  CONFIGURATION,
  type Configuration,
  type OAuthProviderConfiguration,
  type ProviderConfiguration,
  rulesAskForGroups,
} from '#libs/common';
import { Database, PersistentViews, type ViewDefinition, type ViewRow } from '#libs/event-sourcing';
import { ProgressModule } from '#libs/progress';
import { KeyRing, Seal, TokensModule } from '#libs/tokens';
import { makeActiveDirectoryProvider } from './activedirectory/make-active-directory-provider.js';
import { AnonymousProvider } from './anonymous/anonymous-provider.js';
import { BanModule } from './ban.module.js';
import { Dismissals } from './dismissals.js';
import { IdentityViews } from './identity.views.js';
import type { IdentityProvider } from './identity-provider.js';
import { IdentityProviders } from './identity-providers.js';
import { KeptFiles } from './kept-files.js';
import { makeLdapProvider } from './ldap/make-ldap-provider.js';
import { FolderTexts } from './local/folder-texts.js';
import { LocalProvider } from './local/local-provider.js';
import { LogInHandler } from './login.handler.js';
import { LoginFiles } from './login-files.js';
import { LoginGuard } from './login-guard.js';
import { Logins } from './logins.js';
import { MemoryLogins } from './memory/memory-logins.js';
import { boundedFetch } from './oauth/bounded-fetch.js';
import { facebookService } from './oauth/facebook-service.js';
import { googleService } from './oauth/google-service.js';
import { OAuthProvider } from './oauth/oauth-provider.js';
import type { OAuthService } from './oauth/oauth-service.js';
import { OpenIdService } from './oauth/openid-service.js';
import { Rules } from './rules.js';
import type { SealedTexts } from './sealed-texts.js';
import { EndAllSessionsHandler, EndSessionHandler, RenewLoginHandler } from './session.handlers.js';
import { SessionLapses } from './session-lapses.js';
import { SessionLimits } from './session-limits.js';
import { SessionOpener } from './session-opener.js';
import { TurnedAway } from './turned-away.js';

async function makeProvider(provider: ProviderConfiguration, { http, identity }: Configuration, seal: Seal): Promise<IdentityProvider> {
  const { id, displayName } = provider;
  switch (provider.kind) {
    case 'local':
      return LocalProvider.open(id, displayName, provider.demo, provider.accountsFile);
    case 'ldap':
      return makeLdapProvider(provider, rulesAskForGroups(identity.rules));
    case 'activedirectory':
      return makeActiveDirectoryProvider(provider, rulesAskForGroups(identity.rules));
    case 'anonymous':
      return new AnonymousProvider(provider);
    case 'oauth2':
      return new OAuthProvider(provider, makeOAuthService(provider, `${http.publicUrl}/api/v1/auth/oauth/${id}/callback`), seal);
    default:
      return assertNever(provider);
  }
}

function makeOAuthService(provider: OAuthProviderConfiguration, redirectUri: string): OAuthService {
  const { clientId, clientSecret } = provider;
  const options = { clientId, clientSecret, redirectUri };
  const call = boundedFetch(provider);
  switch (provider.service) {
    case 'google':
      return googleService(options, provider, call);
    case 'facebook':
      return facebookService(options, provider, call);
    case 'orange':
    case 'openid':
      return new OpenIdService(options, provider, call);
    default:
      return assertNever(provider.service);
  }
}

/** Characters, sealed: what a Secret of Kubernetes may have. */
const LONGEST_LOGIN_FILES = 1024 * 1024;

/** What identity has MongoDB keep, for programs that build it again. */
export async function identityViewDefinitions(): Promise<readonly ViewDefinition<ViewRow>[]> {
  const [{ loginsView }, { sessionsView }] = await Promise.all([import('./mongo/logins.view.js'), import('./mongo/sessions.view.js')]);
  return [loginsView, sessionsView] as unknown as readonly ViewDefinition<ViewRow>[];
}

async function makeLogins(views: IdentityViews, persistent: PersistentViews | undefined): Promise<Logins> {
  return persistent ? new (await import('./mongo/mongo-logins.js')).MongoLogins(persistent) : new MemoryLogins(views);
}

async function makeSealedTexts({ data }: Configuration, database: Database | undefined): Promise<SealedTexts> {
  return database ? new (await import('./mongo/mongo-texts.js')).MongoTexts(database) : new FolderTexts(join(data, 'login-files'));
}

@Module({
  imports: [BanModule, ProgressModule, TokensModule],
  providers: [
    {
      provide: IdentityProviders,
      inject: [CONFIGURATION, Seal],
      useFactory: async (configuration: Configuration, seal: Seal) =>
        new IdentityProviders(await Promise.all(configuration.identity.providers.map((one) => makeProvider(one, configuration, seal)))),
    },
    { provide: Rules, inject: [CONFIGURATION], useFactory: ({ identity }: Configuration) => new Rules(identity.rules) },
    { provide: Logins, inject: [IdentityViews, { token: PersistentViews, optional: true }], useFactory: makeLogins },
    SessionOpener,
    SessionLapses,
    SessionLimits,
    Dismissals,
    LoginGuard,
    TurnedAway,
    {
      provide: KeptFiles,
      inject: [CONFIGURATION, KeyRing, { token: Database, optional: true }],
      useFactory: async (configuration: Configuration, ring: KeyRing, database: Database | undefined) => {
        const seal = new Seal(ring.master, LONGEST_LOGIN_FILES);
        return new KeptFiles(await makeSealedTexts(configuration, database), seal, configuration.identity.session.absoluteSeconds);
      },
    },
    LoginFiles,
    LogInHandler,
    RenewLoginHandler,
    EndSessionHandler,
    EndAllSessionsHandler,
  ],
  exports: [LoginFiles, IdentityProviders, Logins, BanModule],
})
export class IdentityModule {}
