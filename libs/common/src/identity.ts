/** Who somebody is, as every part of Deskhand understands it: (provider, subject), never a user name alone. */
export interface UserIdentity {
  /** Id of the provider in the configuration. */
  readonly provider: string;
  /** What the provider never gives to somebody else: entryUUID, objectGUID, OIDC `sub`, the id in a local accounts file. */
  readonly subject: string;
}

/** A user of a live session, as tokens and handlers carry it. */
export interface AuthenticatedUser extends UserIdentity {
  /** Stable, opaque id: {@link userIdOf}. */
  readonly id: string;
  /** Display name; for people, never for decisions. */
  readonly name: string;
  readonly roles: readonly string[];
  /** Select profiles and applications. */
  readonly labels: readonly string[];
  /** The session that this user acts in. */
  readonly sessionId: string;
}
