/** Whether the dock covers anything that somebody types at. Windows tell no places, so the picture itself is asked: bare background is of one colour. */
import { type RefObject, useEffect, useState } from 'react';
import type { DesktopWindow } from '../api/types.js';

const SAMPLES = { width: 48, height: 6 };
const LOOK_MS = 1_000;

function hasContent(canvas: HTMLCanvasElement, under: DOMRect): boolean {
  const shown = canvas.getBoundingClientRect();
  const scratch = new OffscreenCanvas(SAMPLES.width, SAMPLES.height).getContext('2d', { willReadFrequently: true });
  if (!scratch || shown.width === 0) return false;
  const scale = canvas.width / shown.width;
  const [x, y] = [(under.left - shown.left) * scale, (under.top - shown.top) * scale];
  scratch.imageSmoothingEnabled = false;
  scratch.drawImage(canvas, x, y, under.width * scale, under.height * scale, 0, 0, SAMPLES.width, SAMPLES.height);
  const pixels = new Uint32Array(scratch.getImageData(0, 0, SAMPLES.width, SAMPLES.height).data.buffer);
  return pixels.some((pixel) => pixel !== pixels[0]);
}

export function useInTheWay(
  typing: boolean,
  windows: readonly DesktopWindow[],
  display: RefObject<HTMLElement | null>,
  dock: RefObject<HTMLElement | null>,
): boolean {
  const [covers, setCovers] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: looks again when windows come and go.
  useEffect(() => {
    if (!typing) return setCovers(false);
    const look = () => {
      const canvas = display.current?.querySelector('canvas');
      setCovers(canvas != null && dock.current !== null && hasContent(canvas, dock.current.getBoundingClientRect()));
    };
    look();
    // What is typed scrolls.
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [typing, windows, display, dock]);
  return covers;
}
