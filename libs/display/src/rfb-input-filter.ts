/** Reads what a browser sends to the X server: lets only well-formed RFB 3.8 through, and no input from those who may only watch. */

/** What was sent is not RFB as the X server speaks it; its message fits a WebSocket's close reason. */
export class RfbViolation extends Error {}

/** One client message: its whole length in bytes, and whether it acts on the desktop. */
interface Message {
  readonly length: number;
  readonly input: boolean;
}

const VERSION = Buffer.from('RFB 003.008\n', 'latin1');
const SECURITY_NONE = 1;
const MAX_ENCODINGS = 1024;
/** Longer clipboard texts the X server skips; far longer ones are no clipboard texts. */
const MAX_CLIPBOARD = 16 * 1024 * 1024;
const MAX_FENCE = 64;
/** Once announced, a pointer event with the marker bit is a byte longer. */
const EXTENDED_MOUSE_BUTTONS = -316;

type Phase = 'version' | 'security' | 'init' | 'messages';

export class RfbInputFilter {
  readonly #control: boolean;
  #phase: Phase = 'version';
  /** The start of a message whose length does not show yet. */
  #held: Buffer = Buffer.alloc(0);
  /** Bytes of the present message still to come, and what becomes of them. */
  #rest = 0;
  #dropping = false;
  #extendedPointer = false;

  /** @param control whether input passes */
  constructor(control: boolean) {
    this.#control = control;
  }

  /**
   * @param chunk the next bytes, cut anywhere
   * @returns what may go on, as views of the chunk where possible
   * @throws RfbViolation when the connection has to be closed
   */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const passed: Buffer[] = [];
    let at = 0;
    let from = 0;
    const pass = (end: number): void => {
      if (end > from) passed.push(bytes.subarray(from, end));
    };
    while (at < bytes.length) {
      if (this.#rest === 0) {
        const message = this.#next(bytes, at);
        if (!message) break;
        this.#rest = message.length;
        this.#dropping = message.input && !this.#control;
      }
      const end = Math.min(bytes.length, at + this.#rest);
      if (this.#dropping) {
        pass(at);
        from = end;
      }
      this.#rest -= end - at;
      at = end;
    }
    pass(at);
    // Copied, so that a few bytes do not keep a large chunk alive.
    this.#held = Buffer.from(bytes.subarray(at));
    return passed;
  }

  /** @returns undefined while too little of the message is there */
  #next(bytes: Buffer, at: number): Message | undefined {
    switch (this.#phase) {
      case 'version': {
        const sent = bytes.subarray(at, at + VERSION.length);
        if (!sent.equals(VERSION.subarray(0, sent.length))) throw new RfbViolation('This is not RFB 3.8.');
        if (sent.length < VERSION.length) return undefined;
        this.#phase = 'security';
        return { length: VERSION.length, input: false };
      }
      case 'security':
        if (bytes[at] !== SECURITY_NONE) throw new RfbViolation('This display knows no such security type.');
        this.#phase = 'init';
        return { length: 1, input: false };
      case 'init':
        this.#phase = 'messages';
        return { length: 1, input: false };
      case 'messages':
        return this.#message(bytes, at);
    }
  }

  #message(bytes: Buffer, at: number): Message | undefined {
    const available = bytes.length - at;
    switch (bytes[at]) {
      case 0: // SetPixelFormat
        return { length: 20, input: false };
      case 2: // SetEncodings
        return this.#encodings(bytes, at, available);
      case 3: // FramebufferUpdateRequest
      case 150: // EnableContinuousUpdates
        return { length: 10, input: false };
      case 4: // KeyEvent
        return { length: 8, input: true };
      case 5: // PointerEvent
        if (available < 2) return undefined;
        return { length: this.#extendedPointer && (bytes.readUInt8(at + 1) & 0x80) !== 0 ? 7 : 6, input: true };
      case 6: // ClientCutText; a negative length marks the extended clipboard
        if (available < 8) return undefined;
        return { length: 8 + bounded(Math.abs(bytes.readInt32BE(at + 4)), MAX_CLIPBOARD, 'clipboard'), input: true };
      case 248: // ClientFence
        if (available < 9) return undefined;
        return { length: 9 + bounded(bytes.readUInt8(at + 8), MAX_FENCE, 'fence'), input: false };
      case 250: // xvp: shutdown and reboot
        return { length: 4, input: true };
      case 251: // SetDesktopSize
        if (available < 8) return undefined;
        return { length: 8 + 16 * bytes.readUInt8(at + 6), input: true };
      case 255: // QEMU, of which only the key event is known here
        if (available < 2) return undefined;
        if (bytes[at + 1] !== 0) throw new RfbViolation('Unknown QEMU message.');
        return { length: 12, input: true };
      default:
        throw new RfbViolation(`Unknown message ${bytes[at]}.`);
    }
  }

  /** Held until it is whole, because one encoding changes the length of later messages. */
  #encodings(bytes: Buffer, at: number, available: number): Message | undefined {
    if (available < 4) return undefined;
    const count = bounded(bytes.readUInt16BE(at + 2), MAX_ENCODINGS, 'list of encodings');
    const length = 4 + 4 * count;
    if (available < length) return undefined;
    this.#extendedPointer = false;
    for (let place = at + 4; place < at + length; place += 4)
      if (bytes.readInt32BE(place) === EXTENDED_MOUSE_BUTTONS) this.#extendedPointer = true;
    return { length, input: false };
  }
}

function bounded(value: number, limit: number, what: string): number {
  if (value > limit) throw new RfbViolation(`The ${what} is too long.`);
  return value;
}
