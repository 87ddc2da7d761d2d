/** What every runtime has to do, whatever it makes desktops of. An adapter's spec is a few lines that build it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DesktopRun, DesktopSpec, Runtime } from '#libs/runtime';
import { Desktops, newId } from '../support/desktops.js';
import { eventually } from '../support/eventually.js';

export interface RuntimeUnderTest {
  /** A second object on the same desktops, as another replica or a restarted server has it. */
  another(): Promise<Runtime>;
  readonly runtime: Runtime;
  /** The secret that this runtime believes a run to have; absent: any. */
  secretOf?(target: DesktopRun): Uint8Array;
  /** Makes the display of a run die, as if it had crashed. */
  crashDisplay(target: DesktopRun): Promise<void>;
  dispose(): Promise<void>;
}

export function runtimeContract(name: string, make: () => Promise<RuntimeUnderTest>): void {
  describe(`the runtime ${name}`, () => {
    let subject: RuntimeUnderTest;
    let runtime: Runtime;
    let desktops: Desktops;

    beforeAll(async () => {
      subject = await make();
      runtime = subject.runtime;
      desktops = new Desktops(runtime, subject.secretOf);
    });
    afterAll(async () => {
      await desktops.dispose();
      await subject.dispose();
    });

    const specOf = (desktop = newId(), run = 1): DesktopSpec => desktops.spec({ desktop, run });
    const runOf = (target: DesktopRun) => desktops.runOf(target);
    const untilRunning = (target: DesktopRun, of = runtime) => desktops.untilRunning(target, of);
    const gone = (target: DesktopRun) => desktops.gone(target);
    const started = async (spec = specOf()) => {
      await runtime.startDesktop(spec);
      return { spec, found: await untilRunning(spec) };
    };

    it('knows nothing of a desktop that never was', async () => {
      expect(await runtime.observe(newId())).toStrictEqual({ status: 'known', runs: [] });
    });

    it('makes a desktop whose display completes an RFB handshake', async () => {
      const { spec, found } = await started();
      await runtime.probeDisplay({ ...spec, endpoint: found.endpoint! }, 5_000);
      expect(await runtime.list()).toContainEqual({ desktop: spec.desktop, run: 1 });
    });

    it('makes one desktop when it is asked for the same run twice', async () => {
      const { spec, found } = await started();
      await runtime.startDesktop(spec);
      expect((await untilRunning(spec)).endpoint).toStrictEqual(found.endpoint);
      expect((await runtime.list())!.filter(({ desktop }) => desktop === spec.desktop)).toHaveLength(1);
    });

    it('says that something changed until the desktop runs', async () => {
      const changed: string[] = [];
      const off = runtime.onChange((desktop) => changed.push(desktop));
      const { spec } = await started();
      expect(changed).toContain(spec.desktop);
      off();
    });

    it('ends a desktop and leaves nothing of it, however often it is asked', async () => {
      const { spec } = await started();
      await gone(spec);
      await runtime.stopDesktop(spec);
      expect(await runOf(spec)).toBeUndefined();
      expect(await runtime.list()).not.toContainEqual({ desktop: spec.desktop, run: 1 });
    });

    it('ends a desktop that has only just been asked for', async () => {
      const spec = specOf();
      await runtime.startDesktop(spec);
      await gone(spec);
    });

    it('tells the runs of a desktop apart', async () => {
      const { spec } = await started();
      await gone(spec);
      await started(specOf(spec.desktop, 2));
      expect(await runOf(spec)).toBeUndefined();
    });

    it('says why a desktop ended by itself', async () => {
      const { spec } = await started();
      await subject.crashDisplay(spec);
      await eventually(async () => expect(await runOf(spec)).toMatchObject({ phase: 'ended', cause: { code: 'DISPLAY_ENDED' } }));
    });

    it('is seen the same by another replica, which takes over what it finds', async () => {
      const { spec, found } = await started();
      const other = await subject.another();
      expect((await untilRunning(spec, other)).endpoint).toStrictEqual(found.endpoint);
      await other.close();
    });

    it('refuses to take another for the display', async () => {
      const { spec, found } = await started();
      const wrong = specOf();
      await runtime.startDesktop(wrong);
      await untilRunning(wrong);
      await expect(runtime.probeDisplay({ ...wrong, endpoint: found.endpoint! }, 3_000)).rejects.toMatchObject({
        code: 'DESKTOP_UNREACHABLE',
      });
      await gone(spec);
    });

    it('starts an application, says that it runs, and ends it', async () => {
      const { spec } = await started();
      await runtime.startApplication({ ...spec, id: 'one', application: 'sleeper', command: ['sleep', '1000'] });
      const applications = async () => (await runOf(spec))?.applications;
      await eventually(async () => expect(await applications()).toMatchObject([{ id: 'one', phase: 'running' }]));
      await runtime.stopApplication({ ...spec, id: 'one' });
      await eventually(async () => expect(await applications()).toMatchObject([{ id: 'one', phase: 'exited' }]));
    });

    it('reports the exit code of an application and keeps what it said', async () => {
      const { spec } = await started();
      await runtime.startApplication({ ...spec, id: 'two', application: 'sayer', command: ['sh', '-c', 'echo "last words"; exit 3'] });
      await eventually(async () => expect((await runOf(spec))?.applications).toMatchObject([{ id: 'two', phase: 'exited', exitCode: 3 }]));
      expect(await runtime.applicationLog({ ...spec, id: 'two' })).toContain('last words');
    });

    it('says that an application could not be started', async () => {
      const { spec } = await started();
      await runtime.startApplication({ ...spec, id: 'three', application: 'none', command: ['/no/such/program'] });
      await eventually(async () =>
        expect((await runOf(spec))?.applications).toMatchObject([{ id: 'three', phase: 'failed', cause: { code: 'APPLICATION_FAILED' } }]),
      );
    });
  });
}
