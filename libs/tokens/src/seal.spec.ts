import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Seal } from '#libs/tokens';

describe('what is sealed', () => {
  const master = randomBytes(32);
  const seal = new Seal(master);
  const now = 1_800_000_000_000;

  it('opens for its purpose, in every replica, and shows nothing of itself', () => {
    const sealed = seal.close('login google', 'a secret, é', 600, now);
    expect(new Seal(master).open('login google', sealed, now + 599_000)).toBe('a secret, é');
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('secret');
    expect(seal.close('login google', 'a secret, é', 600, now)).not.toBe(sealed);
  });

  it('does not open when it has lived too long, for another purpose or in another installation', () => {
    const sealed = seal.close('login google', 'text', 600, now);
    expect(seal.open('login google', sealed, now + 600_000)).toBeUndefined();
    expect(seal.open('login google2', sealed, now)).toBeUndefined();
    expect(new Seal(randomBytes(32)).open('login google', sealed, now)).toBeUndefined();
  });

  it('does not open when a single bit was changed', () => {
    const bytes = Buffer.from(seal.close('p', 'text', 600, now), 'base64url');
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(seal.open('p', changed.toString('base64url'), now)).toBeUndefined();
    }
  });

  it.each(['', 'x', 'A'.repeat(27), 'A'.repeat(100_000), '{}', '../../etc/passwd', 'ä'.repeat(50)])('is not %j', (text) =>
    expect(seal.open('p', text, now)).toBeUndefined(),
  );
});
