/** The last frame of a lost connection: the very canvas, taken over, so that nothing has to be copied or encoded. */
import { useEffect, useRef } from 'react';
import styles from './desktop.module.css';

export function FrozenFrame({ canvas }: { canvas: HTMLCanvasElement }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    canvas.removeAttribute('role');
    canvas.removeAttribute('aria-label');
    canvas.tabIndex = -1;
    place.current?.replaceChildren(canvas);
  }, [canvas]);
  return <div className={styles.frozen} ref={place} aria-hidden="true" />;
}
