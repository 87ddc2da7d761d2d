/** What every place for a login's files holds to: they are for their user alone, for a while, and unreadable to whoever finds them. */
import { expect, it } from 'vitest';
import { Seal } from '#libs/tokens';
import { KeptFiles } from '../../libs/identity/src/kept-files.js';
import type { SealedTexts } from '../../libs/identity/src/sealed-texts.js';

export interface KeptFilesRig {
  readonly texts: SealedTexts;
  /** All that lies there, by its key, as whoever reads the disk finds it. */
  found(): Promise<ReadonlyMap<string, string>>;
}

const fry = { provider: 'one', subject: 'fry' };
const other = { provider: 'two', subject: 'fry' };
const files = { credentials: Buffer.from('password=slurm'), 'krb5.keytab': Buffer.from([0, 255, 1]) };

export function keptFilesContract(rig: () => KeptFilesRig): void {
  const keeper = (master = 1) => new KeptFiles(rig().texts, new Seal(new Uint8Array(32).fill(master), 1024 * 1024), 100);

  it('come back as they were, also to another process with the same keys', async () => {
    await keeper().keep(fry, files);
    expect(await keeper().of(fry)).toStrictEqual(files);
  });

  it('may be large', async () => {
    const large = { 'account.ldif': Buffer.alloc(300_000, 'x') };
    await keeper().keep(fry, large);
    expect(await keeper().of(fry)).toStrictEqual(large);
  });

  it('are nothing to other keys, nor to anybody else, even in their place', async () => {
    await keeper().keep(fry, files);
    expect(await keeper(2).of(fry)).toStrictEqual({});
    expect(await keeper().of(other)).toStrictEqual({});
    const [[own = '', sealed = ''] = []] = await rig().found();
    await keeper().keep(other, files);
    const place = [...(await rig().found()).keys()].find((key) => key !== own) ?? '';
    await rig().texts.put(place, sealed, new Date(Date.now() + 100_000));
    expect(await keeper().of(other)).toStrictEqual({});
  });

  it('are sealed, under a name that says nothing', async () => {
    await keeper().keep(fry, files);
    const [[key = '', sealed = ''] = []] = await rig().found();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toMatch(/slurm|credentials|fry/);
  });

  it('end with the longest life of a session, and with a login that makes nothing', async () => {
    await keeper().keep(fry, files);
    expect(await keeper().of(fry, Date.now() + 101_000)).toStrictEqual({});
    await keeper().keep(fry, {});
    expect(await keeper().of(fry)).toStrictEqual({});
    expect((await rig().found()).size).toBe(0);
    await keeper().keep(fry, {});
  });

  it('are swept when they are old and nobody needs them', async () => {
    await keeper().keep(fry, files);
    await keeper().sweep([], Date.now() - 60_000);
    await keeper().sweep([{ provider: 'one', subject: 'leela' }, fry], Date.now() + 60_000);
    expect(await keeper().of(fry)).toStrictEqual(files);
    await keeper().sweep([other], Date.now() + 60_000);
    expect((await rig().found()).size).toBe(0);
  });

  it('are those of the last login', async () => {
    await keeper().keep(fry, files);
    await keeper().keep(fry, { passwd: Buffer.from('fry:x') });
    expect(await keeper().of(fry)).toStrictEqual({ passwd: Buffer.from('fry:x') });
    expect((await rig().found()).size).toBe(1);
  });
}
