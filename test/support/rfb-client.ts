/** A small RFB 3.8 client for tests: shakes hands, asks for pixels, sends input and clipboard text. */
import { constants, deflateSync, inflateSync } from 'node:zlib';
import type { WebSocket } from 'ws';

const RAW = 0;
const EXTENDED_CLIPBOARD = 0xc0a1e5ce | 0;
const DESKTOP_SIZE = -223;
/** Extended clipboard: actions, and the format "text". */
const [CAPS, REQUEST, NOTIFY, PROVIDE, TEXT] = [1 << 24, 1 << 25, 1 << 27, 1 << 28, 1];

export class RfbClient {
  width = 0;
  height = 0;
  /** Texts that the server sent. */
  readonly clipboard: string[] = [];
  readonly updates: { x: number; y: number; width: number; height: number; pixels: Buffer }[] = [];
  closed: { code: number; reason: string } | undefined;
  readonly #socket: WebSocket;
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #text = '';

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, data]);
      this.#wake?.();
    });
    socket.resume();
    socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString() };
      this.#wake?.();
    });
  }

  static async connect(socket: WebSocket): Promise<RfbClient> {
    const client = new RfbClient(socket);
    const version = await client.#read(12);
    if (version.toString() !== 'RFB 003.008\n') throw new Error(`not RFB 3.8: ${version}`);
    socket.send(version);
    const types = await client.#read((await client.#read(1)).readUInt8());
    if (!types.includes(1)) throw new Error('the display wants a password');
    socket.send(Buffer.from([1]));
    if ((await client.#read(4)).readUInt32BE() !== 0) throw new Error('the display refused');
    socket.send(Buffer.from([1]));
    const init = await client.#read(24);
    [client.width, client.height] = [init.readUInt16BE(0), init.readUInt16BE(2)];
    await client.#read(init.readUInt32BE(20));
    const encodings = [RAW, DESKTOP_SIZE, EXTENDED_CLIPBOARD];
    const message = Buffer.alloc(4 + 4 * encodings.length);
    message.writeUInt8(2, 0);
    message.writeUInt16BE(encodings.length, 2);
    encodings.forEach((encoding, index) => {
      message.writeInt32BE(encoding, 4 + 4 * index);
    });
    socket.send(message);
    void client.#listen().catch(() => {});
    return client;
  }

  /** Asks for the whole picture; it arrives in {@link updates}. */
  refresh(): void {
    const message = Buffer.alloc(10);
    message.writeUInt8(3, 0);
    message.writeUInt16BE(this.width, 6);
    message.writeUInt16BE(this.height, 8);
    this.#socket.send(message);
  }

  key(keysym: number): void {
    for (const down of [1, 0]) {
      const message = Buffer.alloc(8);
      message.writeUInt8(4, 0);
      message.writeUInt8(down, 1);
      message.writeUInt32BE(keysym, 4);
      this.#socket.send(message);
    }
  }

  type(text: string): void {
    for (const character of text) this.key(character === '\n' ? 0xff0d : (character.codePointAt(0) ?? 0));
  }

  pointer(x: number, y: number, buttons = 0): void {
    const message = Buffer.from([5, buttons, 0, 0, 0, 0]);
    message.writeUInt16BE(x, 2);
    message.writeUInt16BE(y, 4);
    this.#socket.send(message);
  }

  /** Offers a text; the server fetches it when a program pastes. */
  copy(text: string): void {
    this.#text = text;
    this.#extended(NOTIFY | TEXT);
  }

  close(): void {
    this.#socket.close();
  }

  async #listen(): Promise<void> {
    for (;;) {
      const type = (await this.#read(1)).readUInt8();
      if (type === 0) await this.#update();
      else if (type === 3) await this.#cutText();
      else if (type !== 2) throw new Error(`unknown message ${type}`);
    }
  }

  async #update(): Promise<void> {
    const count = (await this.#read(3)).readUInt16BE(1);
    for (let index = 0; index < count; index++) {
      const head = await this.#read(12);
      const [x, y, width, height] = [0, 2, 4, 6].map((at) => head.readUInt16BE(at)) as [number, number, number, number];
      if (head.readInt32BE(8) === DESKTOP_SIZE) [this.width, this.height] = [width, height];
      else this.updates.push({ x, y, width, height, pixels: await this.#read(4 * width * height) });
    }
  }

  async #cutText(): Promise<void> {
    const length = (await this.#read(7)).readInt32BE(3);
    if (length >= 0) {
      this.clipboard.push((await this.#read(length)).toString('latin1'));
      return;
    }
    const body = await this.#read(-length);
    const flags = body.readUInt32BE(0);
    if (flags & CAPS) this.#extended(CAPS | REQUEST | NOTIFY | PROVIDE | TEXT, Buffer.alloc(4));
    else if (flags & NOTIFY && flags & TEXT) this.#extended(REQUEST | TEXT);
    else if (flags & REQUEST) this.#provide();
    else if (flags & PROVIDE)
      this.clipboard.push(
        inflateSync(body.subarray(4), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(4).toString('utf8').replace(/\0$/, ''),
      );
  }

  #provide(): void {
    const text = Buffer.from(`${this.#text}\0`);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    this.#extended(PROVIDE | TEXT, deflateSync(Buffer.concat([length, text])));
  }

  #extended(flags: number, data = Buffer.alloc(0)): void {
    const head = Buffer.alloc(12);
    head.writeUInt8(6, 0);
    head.writeInt32BE(-(4 + data.length), 4);
    head.writeUInt32BE(flags >>> 0, 8);
    this.#socket.send(Buffer.concat([head, data]));
  }

  async #read(length: number): Promise<Buffer> {
    while (this.#bytes.length < length) {
      if (this.closed) throw new Error(`closed: ${this.closed.code} ${this.closed.reason}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const read = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return read;
  }
}
