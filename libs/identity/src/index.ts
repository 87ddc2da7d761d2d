export { accountNameOf } from './account-name.js';
export { isLoopback, networkOf } from './address.js';
export { BanSource, LiftBan } from './ban.commands.js';
export type { BanReason, Source } from './ban.events.js';
export { BanModule } from './ban.module.js';
export type { Ban } from './bans.js';
export { isInGroup } from './group.js';
export { IdentityModule, identityViewDefinitions } from './identity.module.js';
export { IdentityViews } from './identity.views.js';
export {
  type Acquaintance,
  type Credentials,
  type IdentityProvider,
  isRedirecting,
  type Obstacle,
  type ProviderKind,
  type RedirectingProvider,
} from './identity-provider.js';
export { IdentityProviders } from './identity-providers.js';
export { LogIn, RenewLogin, type SignedIn } from './login.commands.js';
export { ATTEMPT_ID, LOGIN_ENDS } from './login.stages.js';
export { LoginFiles } from './login-files.js';
export type { Login } from './login-history.js';
export { Logins } from './logins.js';
export { type Facts, type RuleOutcome, Rules } from './rules.js';
export { EndAllSessions, EndSession } from './session.commands.js';
export * from './session.events.js';
export { userOfRefreshToken } from './session.handlers.js';
export type { LiveSession } from './sessions.js';
