import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RfbInputFilter, RfbViolation } from './rfb-input-filter.js';

const handshake = Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1])]);

const u16 = (value: number) => [value >> 8, value & 0xff];
const i32 = (value: number) => [(value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
const filled = (type: number, length: number) =>
  fc.uint8Array({ minLength: length - 1, maxLength: length - 1 }).map((rest) => [type, ...rest]);
const body = (maxLength: number) => fc.uint8Array({ maxLength });

const encodings = fc
  .array(fc.integer(), { maxLength: 30 })
  .map((list) => [2, 0, ...u16(list.length), ...list.flatMap((one) => i32(one === -316 ? 0 : one))]);
const fence = body(64).map((payload) => [248, 0, 0, 0, ...i32(1), payload.length, ...payload]);
const passing = fc.oneof(filled(0, 20), encodings, filled(3, 10), filled(150, 10), fence);
const pointer = filled(5, 6);
const cutText = fc
  .tuple(body(200), fc.boolean())
  .map(([text, extended]) => [6, 0, 0, 0, ...i32(extended ? -text.length : text.length), ...text]);
const resize = fc
  .array(filled(0, 16), { maxLength: 4 })
  .map((screens) => [251, 0, ...u16(800), ...u16(600), screens.length, 0, ...screens.flat()]);
const qemuKey = filled(0, 11).map((rest) => [255, ...rest]);
const input = fc.oneof(filled(4, 8), pointer, cutText, resize, qemuKey, filled(250, 4));

const message = fc.oneof(
  passing.map((bytes) => ({ bytes, isInput: false })),
  input.map((bytes) => ({ bytes, isInput: true })),
);
const conversation = fc.array(message, { maxLength: 40 });

/** Cuts bytes at arbitrary places. */
function feed(filter: RfbInputFilter, bytes: Buffer, cuts: readonly number[]): Buffer {
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return Buffer.concat(places.slice(1).flatMap((end, index) => filter.push(Buffer.from(bytes.subarray(places[index], end)))));
}

const bytesOf = (messages: readonly { bytes: readonly number[] }[]) => Buffer.from(messages.flatMap(({ bytes }) => bytes));

describe('RfbInputFilter', () => {
  test('passes everything of whoever may control, however it is cut', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.nat(), { maxLength: 30 }), (messages, cuts) => {
        const sent = Buffer.concat([handshake, bytesOf(messages)]);
        expect(feed(new RfbInputFilter(true), sent, cuts)).toEqual(sent);
      }),
    );
  });

  test('passes exactly what is not input of whoever may only watch, however it is cut', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.nat(), { maxLength: 30 }), (messages, cuts) => {
        const sent = Buffer.concat([handshake, bytesOf(messages)]);
        const wanted = Buffer.concat([handshake, bytesOf(messages.filter(({ isInput }) => !isInput))]);
        expect(feed(new RfbInputFilter(false), sent, cuts)).toEqual(wanted);
      }),
    );
  });

  test('either refuses garbage or keeps little of it, and never fails otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (garbage, cuts, control) => {
        try {
          feed(new RfbInputFilter(control), Buffer.concat([handshake, garbage]), cuts);
        } catch (error) {
          expect(error).toBeInstanceOf(RfbViolation);
        }
      }),
    );
  });

  test('takes a pointer event with the marker bit as longer once extended buttons were announced, and not before', () => {
    const marked = [5, 0x81, 0, 1, 0, 1];
    const update = [3, 0, 0, 0, 0, 0, 0, 1, 0, 1];
    const announce = [2, 0, 0, 1, ...i32(-316)];
    const passed = (sent: number[]) =>
      Buffer.concat(new RfbInputFilter(false).push(Buffer.concat([handshake, Buffer.from(sent)]))).subarray(14);
    expect([...passed([...marked, ...update])]).toEqual(update);
    expect([...passed([...announce, ...marked, 7, ...update])]).toEqual([...announce, ...update]);
  });

  test.each([
    ['another version of RFB', Buffer.from('RFB 003.003\n')],
    ['HTTP', Buffer.from('GET ')],
    ['another security type', Buffer.concat([handshake.subarray(0, 12), Buffer.from([2])])],
    ['an unknown message', Buffer.concat([handshake, Buffer.from([77])])],
    ['an unknown message of QEMU', Buffer.concat([handshake, Buffer.from([255, 1])])],
    ['a clipboard without end', Buffer.concat([handshake, Buffer.from([6, 0, 0, 0, 0x80, 0, 0, 0])])],
    ['too many encodings', Buffer.concat([handshake, Buffer.from([2, 0, 0xff, 0xff])])],
    ['a fence that is too long', Buffer.concat([handshake, Buffer.from([248, 0, 0, 0, 0, 0, 0, 0, 65])])],
  ])('refuses %s', (_name, bytes) => {
    for (const control of [true, false]) expect(() => new RfbInputFilter(control).push(bytes)).toThrow(RfbViolation);
  });
});
