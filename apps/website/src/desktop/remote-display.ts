/** One connection to the display: our own socket under noVNC, so that we learn when the first frame came and can drop a dead line at once. */
import RFB from '@novnc/novnc';

export interface DisplayEvents {
  /** The first frame is on the canvas. */
  readonly onShown: () => void;
  /** It is over; the canvas still holds the last frame, if there ever was one. */
  readonly onClosed: (canvas: HTMLCanvasElement | undefined) => void;
  readonly onClipboard: (text: string) => void;
}

export interface RemoteDisplay {
  focus(): void;
  /** Whether the focus stays where it is when somebody clicks on the desktop. */
  keepFocus(keep: boolean): void;
  /** Gives the desktop this text as its clipboard. */
  paste(text: string): void;
  /** Presses and releases a key, by keysym. */
  tap(keysym: number, code: string | null): void;
  press(keysym: number, code: string | null, down: boolean): void;
  /** Lets go of every key that the desktop believes to be held. */
  releaseKeys(): void;
  close(): void;
}

const HANDSHAKE_MS = 15_000;

/** A canvas is transparent until the first frame. Read through a scratch pixel: reading the canvas itself would make the browser draw it slowly from then on. */
function isPainted(canvas: HTMLCanvasElement): boolean {
  const scratch = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  if (!scratch || canvas.width === 0 || canvas.height === 0) return false;
  scratch.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
  return scratch.getImageData(0, 0, 1, 1).data[3] === 255;
}

/** The canvas in which noVNC draws, named for people who cannot see it. */
function label(target: HTMLElement, name: string, description: string): HTMLCanvasElement | undefined {
  const canvas = target.querySelector('canvas') ?? undefined;
  canvas?.setAttribute('role', 'application');
  canvas?.setAttribute('aria-label', name);
  canvas?.setAttribute('aria-description', description);
  if (canvas) canvas.tabIndex = 0;
  return canvas;
}

export function openDisplay(target: HTMLElement, url: string, words: { name: string; keys: string }, events: DisplayEvents): RemoteDisplay {
  const socket = new WebSocket(url, ['binary']);
  socket.binaryType = 'arraybuffer';
  const rfb = new RFB(target, socket, { shared: true });
  rfb.background = 'transparent';
  rfb.scaleViewport = true;
  rfb.resizeSession = true;
  const canvas = label(target, words.name, words.keys);
  let shown = false;
  let closed = false;

  const finish = () => {
    if (closed) return;
    closed = true;
    clearTimeout(patience);
    events.onClosed(shown ? canvas : undefined);
  };
  const patience = setTimeout(() => close(), HANDSHAKE_MS);

  rfb.addEventListener('connect', () => {
    const look = () => {
      if (shown || closed || !canvas || !isPainted(canvas)) return;
      socket.removeEventListener('message', later);
      clearTimeout(patience);
      shown = true;
      events.onShown();
    };
    // noVNC paints a frame of the browser after it was told.
    const later = () => requestAnimationFrame(() => requestAnimationFrame(look));
    socket.addEventListener('message', later);
    later();
  });
  rfb.addEventListener('disconnect', finish);
  rfb.addEventListener('clipboard', ({ detail }) => events.onClipboard(detail.text));
  // Keys that are down when the focus leaves would stay down for ever: their release is not heard here any more.
  const releaseKeys = () => window.dispatchEvent(new Event('blur'));
  canvas?.addEventListener('blur', releaseKeys);
  // Another browser may have given the desktop its size: whoever works in this one gets this one's back. Asks only where it differs.
  const fit = () => {
    rfb.resizeSession = true;
  };
  for (const work of ['focus', 'pointerdown', 'keydown'] as const) canvas?.addEventListener(work, fit);

  const close = () => {
    if (closed) return;
    rfb.disconnect();
    // A dead line does not answer the goodbye either.
    finish();
  };
  return {
    close,
    releaseKeys,
    focus: () => rfb.focus({ preventScroll: true }),
    keepFocus: (keep) => {
      rfb.focusOnClick = !keep;
    },
    paste: (text) => rfb.clipboardPasteFrom(text),
    tap: (keysym, code) => rfb.sendKey(keysym, code),
    press: (keysym, code, down) => rfb.sendKey(keysym, code, down),
  };
}
