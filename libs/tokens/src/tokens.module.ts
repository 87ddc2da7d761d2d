/** Wires keys and tokens from the checked configuration: the only place that knows where the keys lie. */
import { Module } from '@nestjs/common';
import { CONFIGURATION, type Configuration } from '#libs/common';
import { DesktopSecrets } from './desktop-secret.js';
import { DesktopTokenIssuer, DesktopTokenVerifier } from './desktop-token.js';
import { KeyRing } from './key-ring.js';
import { keysFolder } from './keys-folder.js';
import { Seal } from './seal.js';
import { UserTokens } from './user-token.js';

@Module({
  providers: [
    {
      provide: KeyRing,
      inject: [CONFIGURATION],
      useFactory: (configuration: Configuration) => KeyRing.open(keysFolder(configuration)),
    },
    {
      provide: UserTokens,
      inject: [KeyRing, CONFIGURATION],
      useFactory: (ring: KeyRing, { installation, identity }: Configuration) =>
        new UserTokens(ring, installation.id, identity.session.accessTokenSeconds),
    },
    {
      provide: DesktopTokenIssuer,
      inject: [KeyRing, CONFIGURATION],
      useFactory: (ring: KeyRing, { installation }: Configuration) => new DesktopTokenIssuer(ring, installation.id),
    },
    {
      provide: DesktopTokenVerifier,
      inject: [KeyRing, CONFIGURATION],
      useFactory: (ring: KeyRing, { installation }: Configuration) => new DesktopTokenVerifier(ring, installation.id),
    },
    { provide: DesktopSecrets, inject: [KeyRing], useFactory: (ring: KeyRing) => new DesktopSecrets(ring.master) },
    { provide: Seal, inject: [KeyRing], useFactory: (ring: KeyRing) => new Seal(ring.master) },
  ],
  exports: [KeyRing, UserTokens, DesktopTokenIssuer, DesktopTokenVerifier, DesktopSecrets, Seal],
})
export class TokensModule {}
