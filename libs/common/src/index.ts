export { isCertificates } from './configuration/certificates.js';
export * from './configuration/configuration.schema.js';
export * from './configuration/configuration.token.js';
export type { ActiveDirectoryProviderConfiguration, LdapProviderConfiguration } from './configuration/directory.schema.js';
export type {
  HomeSettings,
  KubernetesRuntimeConfiguration,
  PodOverrides,
  PodSettings,
  VolumeSettings,
} from './configuration/kubernetes.schema.js';
export { loadConfiguration } from './configuration/load-configuration.js';
export type { OAuthProviderConfiguration } from './configuration/oauth.schema.js';
export { podSettingsOf } from './configuration/pod-settings.js';
export { headersOfRules, type Rule, type RuleCondition, rulesAskForGroups } from './configuration/rules.schema.js';
export * from './errors.js';
export { faultPoint } from './fault-points.js';
export type { GeneratedDocument } from './generated-document.js';
export * from './identity.js';
export * from './ids.js';
export { type ListenOptions, listenFault, listenOn } from './listen.js';
export { logStream } from './log-stream.js';
export * from './networks.js';
export * from './never.js';
export * from './problem.js';
export { randomText } from './random-text.js';
