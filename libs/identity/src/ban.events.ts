/** What has happened to a source of logins: the facts of streams `ban-address-<network>`, `ban-account-<id>` and `ban-user-<id>`. */
import { accountIdOf, assertNever, type UserIdentity, userIdOf } from '#libs/common';
import { type RecordedEvent, type Upcasters, upcast } from '#libs/event-sourcing';

/**
 * Whose logins may be refused: everybody of a network; everybody who names an account, whether there is such an account or not; or one user, by whichever of
 * their names.
 */
export type Source =
  | { readonly kind: 'address' /** An IPv4 address, or the /64 of an IPv6 address. */; readonly network: string }
  | {
      readonly kind: 'account';
      readonly provider: string;
      /** Its name in the one spelling of the provider, or the subject of a user. */
      readonly account: string;
    }
  | ({ readonly kind: 'user' } & UserIdentity);

/** `failures`: too many wrong passwords, which may be somebody else's doing; `operator`: somebody wants these people out. */
export type BanReason = 'failures' | 'operator';

type Fact<Type extends string, Data extends object> = { readonly type: Type; readonly data: Data };

export type SourceBanned = Fact<
  'SourceBanned',
  { readonly source: Source; readonly reason: BanReason; readonly at: string; readonly until: string }
>;
export type BanLifted = Fact<'BanLifted', { readonly source: Source; readonly at: string }>;

export type BanEvent = SourceBanned | BanLifted;

const PREFIX = 'ban-';

/** `<kind>-<value>`. An account's is a hash: what people type as names is bounded and stays out of the names of streams. */
export function sourceKey(source: Source): string {
  switch (source.kind) {
    case 'address':
      return `address-${source.network}`;
    case 'account':
      return accountKey(accountIdOf(source.provider, source.account));
    case 'user':
      return `user-${userIdOf(source)}`;
    default:
      return assertNever(source);
  }
}

/** @param account as `accountIdOf` gives it */
export const accountKey = (account: string): string => `account-${account}`;

export const banStream = (source: Source): string => `${PREFIX}${sourceKey(source)}`;

/** The key of the source that a stream is about; undefined for streams of other things. */
export const sourceOfStream = (stream: string): string | undefined => (stream.startsWith(PREFIX) ? stream.slice(PREFIX.length) : undefined);

/** How older shapes of events become today's; a stored event is never changed. */
export const banUpcasters: Upcasters = {};

/** A stored event of a ban's stream in today's shape. */
export const banEventOf = ({ type, data }: RecordedEvent): BanEvent => upcast(banUpcasters, { type, data }) as BanEvent;
