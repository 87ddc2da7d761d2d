/** Draws a speed as it is measured: a line that grows from left to right, its own highest value at the top. */
import styles from './speedtest.module.css';
import { type Mark, speedNow } from './statistics.js';

const WIDTH = 320;
const HEIGHT = 72;
/** Enough points for a smooth line. */
const WHOLE_MS = 9_500;

/** Decoration beside the figure, which says the same in words. */
export function Chart({ marks }: { readonly marks: readonly Mark[] }) {
  // A single mark says nothing of a speed yet.
  const speeds = marks
    .map(({ ms }, index) => ({ x: Math.min(1, ms / WHOLE_MS) * WIDTH, speed: speedNow(marks.slice(0, index + 1)) }))
    .slice(1);
  const highest = Math.max(1, ...speeds.map(({ speed }) => speed));
  const points = speeds.map(({ x, speed }) => `${x.toFixed(1)},${(HEIGHT - 2 - (speed / highest) * (HEIGHT - 8)).toFixed(1)}`);
  const [first, last] = [speeds.at(0), speeds.at(-1)].map((end) => end?.x.toFixed(1));
  return (
    <svg className={styles.chart} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && (
        <>
          <polygon className={styles.area} points={`${first},${HEIGHT} ${points.join(' ')} ${last},${HEIGHT}`} />
          <polyline className={styles.line} points={points.join(' ')} />
        </>
      )}
    </svg>
  );
}
