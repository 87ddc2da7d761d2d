/** Types of the few things that the agent uses of the package x11, which ships none. */
declare module 'x11/lib/xcore.js' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';

  /** Returns whether an error was dealt with. */
  type Callback<T> = (error: Error | null | undefined, result: T) => boolean;

  export interface XProperty {
    readonly type: number;
    readonly format: number;
    readonly data: Buffer;
  }
  export interface XEvent {
    readonly name: string;
    readonly wid?: number;
    readonly atom?: number;
  }
  export interface XResource {
    QueryClientIds(
      specs: readonly { client: number; mask: number }[],
      callback: Callback<readonly { client: number; value: readonly number[] }[]>,
    ): void;
  }
  export interface XKeyboard {
    SelectEvents(device: number, affect: number, clear: number, all: number, affectMap: number, map: number): void;
  }
  export interface XClient extends EventEmitter {
    readonly stream: Socket;
    InternAtom(onlyIfExists: boolean, name: string, callback: Callback<number>): void;
    GetProperty(remove: 0, window: number, name: number, type: number, offset: number, length: number, callback: Callback<XProperty>): void;
    ChangeProperty(mode: 0 | 2, window: number, name: number, type: number, format: 8, data: Buffer): void;
    ChangeWindowAttributes(window: number, values: { eventMask?: number; backgroundPixel?: number }, callback?: Callback<void>): void;
    ClearArea(window: number, x: number, y: number, width: number, height: number, exposures: number): void;
    SendClientMessage(destination: number, window: number, type: number, format: 32, data: readonly number[]): void;
    require(name: 'res', callback: Callback<XResource>): void;
    require(name: 'xkb', callback: Callback<XKeyboard>): void;
    terminate(): void;
  }
  const core: {
    createClient(
      options: { stream: Socket; display: string; auth: { name: string; data: string }; disableBigRequests: true },
      ready: (error: Error | undefined, display: { screen: readonly { root: number }[] }) => void,
    ): XClient;
  };
  export default core;
}
