/** Wires identity: the providers that the configuration names, sessions and their views. The only place that picks providers. */
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { assertNever, CONFIGURATION, type Configuration, type ProviderConfiguration } from '#libs/common';
import { EventStoreModule } from '#libs/event-sourcing';
import { ProgressModule } from '#libs/progress';
import { TokensModule } from '#libs/tokens';
import { AnonymousProvider } from './anonymous/anonymous-provider.js';
import { BanSourceHandler, LiftBanHandler } from './ban.handlers.js';
import { IdentityViews } from './identity.views.js';
import type { IdentityProvider } from './identity-provider.js';
import { IdentityProviders } from './identity-providers.js';
import { LocalProvider } from './local/local-provider.js';
import { LogInHandler } from './login.handler.js';
import { LoginGuard } from './login-guard.js';
import { EndAllSessionsHandler, EndSessionHandler, RenewLoginHandler } from './session.handlers.js';
import { SessionOpener } from './session-opener.js';

async function makeProvider(provider: ProviderConfiguration): Promise<IdentityProvider> {
  const { id, displayName, demo } = provider;
  switch (provider.kind) {
    case 'local':
      return LocalProvider.open(id, displayName, demo, provider.accountsFile);
    case 'anonymous':
      return new AnonymousProvider(id, displayName, demo, provider.labels);
    default:
      return assertNever(provider);
  }
}

@Module({
  imports: [CqrsModule, EventStoreModule, ProgressModule, TokensModule],
  providers: [
    {
      provide: IdentityProviders,
      inject: [CONFIGURATION],
      useFactory: async ({ identity }: Configuration) => new IdentityProviders(await Promise.all(identity.providers.map(makeProvider))),
    },
    SessionOpener,
    LoginGuard,
    IdentityViews,
    LogInHandler,
    RenewLoginHandler,
    EndSessionHandler,
    EndAllSessionsHandler,
    BanSourceHandler,
    LiftBanHandler,
  ],
  exports: [IdentityProviders, IdentityViews, CqrsModule],
})
export class IdentityModule {}
