/** Who of all the people that a provider knows may log in here. Pure. */
import { domainToASCII } from 'node:url';
import { isInGroup } from '../group.js';
import type { Principal } from '../identity-provider.js';

export interface AllowList {
  readonly everybody: boolean;
  readonly domains: readonly string[];
  readonly addresses: readonly string[];
  readonly groups: readonly string[];
  readonly subjects: readonly string[];
}

/**
 * @param workspace with Google, where anybody can have an account with an address of any domain: the domain whose Workspace the account belongs to
 */
export function isAllowed(list: AllowList, principal: Principal, workspace?: { readonly domain: string | undefined }): boolean {
  const { subject, mail, groups } = principal;
  return (
    list.everybody ||
    list.subjects.includes(subject) ||
    list.groups.some((group) => isInGroup(groups, group)) ||
    (mail !== undefined && (isListed(list.addresses, mail) || isOfDomain(list.domains, mail, workspace)))
  );
}

const isListed = (addresses: readonly string[], mail: string): boolean => addresses.some((address) => spelt(address) === spelt(mail));

function isOfDomain(domains: readonly string[], mail: string, workspace?: { readonly domain: string | undefined }): boolean {
  const domain = domainOf(mail);
  if (domain === undefined) return false;
  // Google answers for the addresses of its Workspaces only.
  if (workspace && inAscii(workspace.domain ?? '') !== domain) return false;
  return domains.some((one) => inAscii(one) === domain);
}

/** Undefined for what is no plain address. */
function domainOf(mail: string): string | undefined {
  const [name, domain = '', ...rest] = mail.split('@');
  return name && rest.length === 0 ? inAscii(domain) : undefined;
}

/** A domain in the one spelling that the DNS has for it. Node reads what it is given as the host of a URL, which ends at a slash and more. */
const inAscii = (domain: string): string | undefined =>
  /^[\p{L}\p{N}\p{M}.-]+$/u.test(domain) ? domainToASCII(domain) || undefined : undefined;

/** Upper and lower case are the same to every provider; letters that only look alike are not. */
const spelt = (address: string): string => address.normalize('NFC').toLowerCase();
