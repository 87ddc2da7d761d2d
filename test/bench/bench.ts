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

/** Measures two things turn and turn about, so that neither always comes second; after one of each that does not count. */
export async function inTurn<Ours, Floor>(
  pairs: number,
  ours: () => Promise<Ours>,
  floor: () => Promise<Floor>,
): Promise<{ readonly ours: readonly Ours[]; readonly floor: readonly Floor[] }> {
  const measured: { ours: Ours[]; floor: Floor[] } = { ours: [], floor: [] };
  await ours();
  await floor();
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) measured.floor.push(await floor());
    measured.ours.push(await ours());
    if (pair % 2 === 1) measured.floor.push(await floor());
  }
  return measured;
}
