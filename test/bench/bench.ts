/** What a benchmark is and what it reports, so that every one can be read, compared and checked in the same way. */
export interface Result {
  readonly metric: string;
  readonly unit: string;
  readonly ours: number;
  /** The same work with nothing of ours around it. */
  readonly floor?: number;
  /** Other programs that do the same work. */
  readonly peers?: Readonly<Record<string, number>>;
  readonly aim?: string;
  readonly met?: boolean;
}

/** @param options by name, as far as they were given */
export type Bench = (options: Readonly<Record<string, string>>) => Promise<readonly Result[]>;

/** @param share 0.5 for the median */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);
