/** What providers over a directory have in common: whom they let in, and why not. */
import { isInGroup } from '../group.js';
import type { Obstacle } from '../identity-provider.js';
import type { LdapDirectory } from './ldap-directory.js';

export interface DirectoryProviderSettings {
  readonly id: string;
  readonly displayName: string;
  readonly connections: number;
  readonly allow: { readonly groups: readonly string[] };
}

/** What is known of an account without its password. */
export interface AccountFacts {
  readonly unusable: 'ACCOUNT_DISABLED' | 'ACCOUNT_EXPIRED' | undefined;
  readonly subject: string | undefined;
  readonly passesFilter: boolean;
  /** Undefined where the directory does not tell all of them. */
  readonly groups: readonly string[] | undefined;
}

export abstract class DirectoryProvider {
  readonly id: string;
  readonly displayName: string;
  readonly demo = false;
  readonly demoAccounts = [];
  readonly abreast: number;
  readonly refusesUnevenly = true;
  readonly #allowedGroups: readonly string[];

  /** @param needsGroups whether anybody looks at the groups of who logs in */
  constructor(
    { id, displayName, connections, allow }: DirectoryProviderSettings,
    protected readonly directory: LdapDirectory,
    protected readonly needsGroups: boolean,
  ) {
    this.id = id;
    this.displayName = displayName;
    this.abreast = connections;
    this.#allowedGroups = allow.groups;
  }

  close(): void {
    this.directory.close();
  }

  protected isAllowed(groups: readonly string[]): boolean {
    return this.#allowedGroups.length === 0 || this.#allowedGroups.some((group) => isInGroup(groups, group));
  }

  protected obstaclesOf({ unusable, subject, passesFilter, groups }: AccountFacts): readonly Obstacle[] {
    const obstacles: readonly (Obstacle | false | undefined)[] = [
      unusable,
      subject === undefined && 'UNIDENTIFIED',
      !passesFilter && 'FILTERED_OUT',
      groups === undefined && this.needsGroups && 'GROUPS_UNKNOWN',
      groups !== undefined && !this.isAllowed(groups) && 'IN_NO_ALLOWED_GROUP',
    ];
    return obstacles.filter((one) => typeof one === 'string');
  }
}
