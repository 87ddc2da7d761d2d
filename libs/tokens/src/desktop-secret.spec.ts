import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DesktopSecrets } from '#libs/tokens';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the secret of a run', () => {
  const master = randomBytes(32);
  const secrets = new DesktopSecrets(master);

  it('is 32 bytes and the same whoever computes it, whenever', () => {
    const secret = secrets.secretOf({ desktop: 'a', run: 1 });
    expect(secret).toHaveLength(32);
    expect(hex(new DesktopSecrets(master).secretOf({ desktop: 'a', run: 1 }))).toBe(hex(secret));
  });

  it('is another one for another run, another desktop and another installation', () => {
    const all = [
      secrets.secretOf({ desktop: 'a', run: 1 }),
      secrets.secretOf({ desktop: 'a', run: 11 }),
      secrets.secretOf({ desktop: 'a1', run: 1 }),
      new DesktopSecrets(randomBytes(32)).secretOf({ desktop: 'a', run: 1 }),
    ];
    expect(new Set(all.map(hex)).size).toBe(4);
  });

  it('never changes from release to release: live desktops depend on it', () => {
    const fixed = new DesktopSecrets(new Uint8Array(32).fill(7)).secretOf({ desktop: 'abcdefghijklmnopqrstuvwxyz', run: 3 });
    expect(hex(fixed)).toBe('0c5078c2622bad18427727de185251bd18f9121d789724371afeed76c2f392dd');
  });
});
