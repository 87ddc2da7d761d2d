/** The port through which sealed texts are kept for a while, one for each key: only who has the installation's keys can read them. Adapters: local, mongo. */
export abstract class SealedTexts {
  /** In the place of what was there. @param until when nobody needs it any more, whether it is swept or not */
  abstract put(key: string, sealed: string, until: Date): Promise<void>;

  /** undefined when nothing is there. */
  abstract get(key: string): Promise<string | undefined>;

  abstract remove(key: string): Promise<void>;

  /** Removes what was put before a time (milliseconds since the epoch) under none of these keys. */
  abstract sweep(needed: ReadonlySet<string>, before: number): Promise<void>;
}
