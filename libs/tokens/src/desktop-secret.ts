/** The secret of a run is computed, never stored: asked again, by any replica and after any restart, it is the same. See docs/adr/0004. */
import { hkdfSync } from 'node:crypto';

const SECRET_BYTES = 32;

export class DesktopSecrets {
  readonly #master: Uint8Array;

  /** @param master the installation's 32 bytes: {@link KeyRing.master} */
  constructor(master: Uint8Array) {
    this.#master = master;
  }

  /** The 32 bytes that gateway, control plane and agent share for this run. Another desktop and another run have others. */
  secretOf(target: { readonly desktop: string; readonly run: number }): Uint8Array {
    const info = JSON.stringify(['deskhand-desktop-secret-v1', target.desktop, target.run]);
    return new Uint8Array(hkdfSync('sha256', this.#master, '', info, SECRET_BYTES));
  }
}
