/** How long what a login made for desktops stays: as long as its user has a session, and no longer. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { configurationSchema } from '#libs/common';
import { Seal } from '#libs/tokens';
import { MemoryEventStore } from '../../event-sourcing/src/memory/memory-event-store.js';
import { IdentityViews } from './identity.views.js';
import type { Principal } from './identity-provider.js';
import { KeptFiles } from './kept-files.js';
import { FolderTexts } from './local/folder-texts.js';
import { LoginFiles } from './login-files.js';
import { type SessionEvent, sessionStream } from './session.events.js';

const MINUTE_MS = 60_000;
const fry = { provider: 'directory', subject: 'fry' };
const principal: Principal = {
  subject: 'fry',
  name: 'Fry',
  groups: [],
  roles: [],
  labels: ['crew'],
  attributes: { dn: ['uid=fry'], uid: ['fry'] },
};
const configuration = configurationSchema.parse({
  profiles: [
    { name: 'plain', displayName: 'Plain' },
    { name: 'mounts', displayName: 'Mounts', labels: ['crew'], loginFiles: ['ldif'] },
  ],
});

let folder: string;
let store: MemoryEventStore;
let views: IdentityViews;
let files: LoginFiles;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskhand-login-files-'));
  store = new MemoryEventStore();
  views = new IdentityViews(store, configuration);
  const seal = new Seal(new Uint8Array(32).fill(1), 1024 * 1024);
  files = new LoginFiles(configuration, new KeptFiles(new FolderTexts(folder), seal, 43_200), views);
});
afterEach(async () => {
  await views.onModuleDestroy();
  await store.close();
  rmSync(folder, { recursive: true });
});

const kept = (): number => readdirSync(folder).length;
const later = (minutes: number): number => Date.now() + minutes * MINUTE_MS;
async function begun(subject = 'fry', idleSeconds = 36_000): Promise<string> {
  const id = crypto.randomUUID();
  const times = { startedAt: new Date().toISOString(), expiresAt: new Date(later(600)).toISOString(), idleSeconds };
  const person = { identity: { ...fry, subject }, name: subject, roles: [], labels: [], address: '192.0.2.1', userAgent: '' };
  const event: SessionEvent = { type: 'SessionStarted', data: { ...person, ...times, refreshHash: '' } };
  await store.append(sessionStream(id), 0, [event]);
  return id;
}
const over = (id: string) =>
  store.append(sessionStream(id), 1, [{ type: 'SessionEnded', data: { reason: 'logout', at: new Date().toISOString() } }]);

it('stays while its user has a session, and goes with the last of them', async () => {
  await files.make('directory', principal, undefined);
  const [one, other] = [await begun(), await begun()];
  await over(one);
  await files.sweep(later(300));
  expect(await files.of(fry, 'mounts')).toBeDefined();
  await over(other);
  await begun('leela');
  await files.sweep(later(2));
  expect(kept()).toBe(0);
});

it('goes with a session that nobody renewed', async () => {
  await files.make('directory', principal, undefined);
  await begun('fry', 1800);
  await files.sweep(later(29));
  expect(kept()).toBe(1);
  await files.sweep(later(31));
  expect(kept()).toBe(0);
});

it('waits for the session that its login is about to begin', async () => {
  await files.make('directory', principal, undefined);
  await files.sweep(Date.now());
  expect(kept()).toBe(1);
});

it('is gone after a login to which no profile with such files is open', async () => {
  await files.make('directory', principal, undefined);
  await files.make('directory', { ...principal, labels: [] }, undefined);
  expect(kept()).toBe(0);
});

it('is left alone while it is not known who is logged in', async () => {
  await files.make('directory', principal, undefined);
  await store.append(sessionStream(crypto.randomUUID()), 0, [{ type: 'SessionStarted', data: {} }]);
  await expect(files.sweep(later(2))).rejects.toMatchObject({ code: 'NOT_READY' });
  expect(kept()).toBe(1);
});
