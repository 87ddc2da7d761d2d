/** What the images promise: nobody becomes root in them, and a new agent is one new layer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesktopSpec } from '#libs/runtime';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { findCluster } from '../support/cluster.js';
import { Desktops } from '../support/desktops.js';
import { KubernetesRig, secretOf } from '../support/kubernetes-rig.js';

/** Prints what could make another user of its caller, then `end`. */
const LOOK = 'find / -xdev -perm /6000 -type f 2>/dev/null; for name in sudo su doas pkexec; do command -v $name; done; id -u; echo end';
/** Without its set-uid bit `su` lets nobody through, but asks. */
const HARMLESS = /^(?:\/usr)?\/bin\/su\n1000\nend\n$/;

describe.skipIf(!findCluster())('the image of', () => {
  let rig: KubernetesRig;
  let desktops: Desktops;
  let desktop: DesktopSpec;

  beforeAll(async () => {
    rig = await KubernetesRig.make('images');
    desktops = new Desktops(rig.open(), secretOf);
    desktop = await desktops.start();
  });
  afterAll(async () => {
    await desktops.dispose();
    await rig.dispose();
  });

  it('a desktop has no program that runs as another user', async () => {
    expect(await rig.exec(desktop, 'sh', '-c', LOOK)).toMatch(HARMLESS);
  });

  it.each(['terminal', 'editor', 'browser'] as const)('the %s has no program that runs as another user', async (name) => {
    const container = { engine: 'ephemeral-container', image: rig.cluster.images[name] } as const;
    const command = ['/bin/sh', '-c', LOOK];
    await desktops.runtime.startApplication({ ...desktop, id: name, application: name, command, container });
    await desktops.untilApplication(desktop, name, { phase: 'exited', exitCode: 0 });
    expect(await desktops.runtime.applicationLog({ ...desktop, id: name })).toMatch(HARMLESS);
  });

  it('a desktop with another agent differs in its last layer alone', { timeout: 300_000 }, async () => {
    const { layersWithAgent } = (await import(pathToFileURL(join(projectFolder(), 'test/images/images.mjs')).href)) as {
      layersWithAgent: (agent: string) => Promise<readonly string[]>;
    };
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-agent-'));
    const build = (text: string): Promise<readonly string[]> => {
      writeFileSync(join(folder, 'agent.mjs'), text);
      return layersWithAgent(folder);
    };
    try {
      const [one, other] = [await build('// one\n'), await build('// other\n')];
      expect(one.length).toBeGreaterThan(2);
      expect(other.slice(0, -1)).toStrictEqual(one.slice(0, -1));
      expect(other.at(-1)).not.toBe(one.at(-1));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
