/** The three ways to write one's name for Active Directory, and what to look for in each. Pure. */
import { accountNameOf } from '../account-name.js';
import { escapeFilterValue } from '../directory/ldap-text.js';

export interface Domain {
  /** DNS name. */
  readonly domain: string;
  readonly netbiosName: string;
  /** Other endings of principal names. */
  readonly upnSuffixes: readonly string[];
}

export interface LoginName {
  /** The one spelling that failures are counted by. */
  readonly account: string;
  /** `user@suffix`, where that was typed. */
  readonly principal?: string;
  /** The name without its domain, where the domain is this one. */
  readonly plain?: string;
}

/** @returns undefined for what is no name of this domain */
export function parseLoginName(typed: string, { domain, netbiosName, upnSuffixes }: Domain): LoginName | undefined {
  const account = accountNameOf(typed);
  if (account === undefined) return undefined;
  const name = typed.normalize('NFKC').trim();
  const isThis = (one: string, ...others: readonly string[]) => others.some((other) => accountNameOf(one) === accountNameOf(other));
  const slash = name.indexOf('\\');
  if (slash >= 0) return isThis(name.slice(0, slash), netbiosName, domain) ? plainName(name.slice(slash + 1)) : undefined;
  const at = name.lastIndexOf('@');
  if (at < 0) return plainName(name);
  const [user, suffix] = [name.slice(0, at), name.slice(at + 1)];
  // Everybody has user@domain, unless it was given to somebody else by hand.
  if (isThis(suffix, domain)) return withPrincipal(plainName(user), name);
  return user !== '' && isThis(suffix, ...upnSuffixes) ? { account, principal: name } : undefined;
}

/** What finds the accounts that may be meant: two at most. */
export function filterOf({ principal, plain }: LoginName): string {
  const conditions = [
    ...(principal === undefined ? [] : [`(userPrincipalName=${escapeFilterValue(principal)})`]),
    ...(plain === undefined ? [] : [`(sAMAccountName=${escapeFilterValue(plain)})`]),
  ];
  return conditions.length === 1 ? conditions.join('') : `(|${conditions.join('')})`;
}

const plainName = (name: string): LoginName | undefined => {
  const account = accountNameOf(name);
  return account === undefined || /[@\\]/.test(name) ? undefined : { account, plain: name };
};

const withPrincipal = (name: LoginName | undefined, principal: string): LoginName | undefined => name && { ...name, principal };
