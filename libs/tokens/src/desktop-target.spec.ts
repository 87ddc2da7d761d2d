import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TargetOpener, TargetSealer } from './desktop-target.js';
import { KeyRing } from './key-ring.js';

const now = new Date('2126-11-22T10:00:00Z');
const target = { address: '10.0.0.7', port: 8090, secret: randomBytes(32) };

let folder: string;
let ring: KeyRing;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deskhand-targets-'));
  ring = await KeyRing.open(join(folder, 'keys'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the way to a run', () => {
  it('is sealed once; another secret, address or port is another way', async () => {
    const sealer = new TargetSealer(ring);
    const sealed = await sealer.seal(target, now);
    expect(await sealer.seal({ ...target, secret: Uint8Array.from(target.secret) }, now)).toBe(sealed);
    const others = [{ secret: randomBytes(32) }, { address: '10.0.0.8' }, { port: 8091 }].map((other) => ({ ...target, ...other }));
    const all = await Promise.all([target, ...others].map((each) => sealer.seal(each, now)));
    expect(new Set(all).size).toBe(4);
    const opened = await Promise.all(all.map((each) => new TargetOpener(ring).open(each)));
    expect(opened).toEqual([target, ...others]);
  });

  it('is opened once', async () => {
    const sealed = await new TargetSealer(ring).seal(target, now);
    const opener = new TargetOpener(ring);
    const opened = await opener.open(sealed);
    expect(opened).toEqual(target);
    expect(await opener.open(sealed)).toBe(opened);
  });

  it('that was changed on its way is refused, each time, also when the right one is known', async () => {
    const sealed = await new TargetSealer(ring).seal(target, now);
    const opener = new TargetOpener(ring);
    await opener.open(sealed);
    const changed = sealed.replace(/.(?=[^.]{4}$)/, (character) => (character === 'A' ? 'B' : 'A'));
    for (let time = 0; time < 2; time += 1) await expect(opener.open(changed)).rejects.toThrow();
  });

  it('is closed again with the key that it was sealed for, and sealed anew for the next one', async () => {
    const sealer = new TargetSealer(ring);
    const opener = new TargetOpener(ring);
    const sealed = await sealer.seal(target, now);
    await opener.open(sealed);
    const [old = ''] = (await readdir(join(folder, 'keys'))).filter((name) => name.startsWith('target-'));
    const other = await KeyRing.open(join(folder, 'others'));
    const [next = ''] = (await readdir(join(folder, 'others'))).filter((name) => name.startsWith('target-'));
    await rm(join(folder, 'keys', old));
    await cp(join(folder, 'others', next), join(folder, 'keys', 'target-20260101T000000Z.pem'));
    await ring.reload();
    await expect(opener.open(sealed)).rejects.toThrow(/not ours/);
    const anew = await sealer.seal(target, now);
    expect(await opener.open(anew)).toEqual(target);
    expect(await new TargetOpener(other).open(anew)).toEqual(target);
  });
});
