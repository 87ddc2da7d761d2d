/** What every adapter of the progress port must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Progress, ProgressLine } from '#libs/progress';

export interface ProgressUnderTest {
  readonly progress: Progress;
  /** How many lines of a topic it keeps. */
  readonly linesPerTopic: number;
  close(): Promise<void>;
}

const line = (number: number, more: Partial<ProgressLine> = {}): ProgressLine => ({
  id: String(number).padStart(6, '0'),
  at: '2026-11-22T10:00:00.000Z',
  phase: 'starting',
  message: `Line ${number}`,
  ...more,
});

export function progressContract(adapter: string, make: () => Promise<ProgressUnderTest>): void {
  describe(`progress in ${adapter}`, () => {
    let under: ProgressUnderTest;
    let topic: string;
    beforeEach(async () => {
      under = await make();
      topic = `login-${crypto.randomUUID()}`;
    });
    afterEach(() => under.close());

    it('knows nothing of a topic that nobody published on', async () => {
      expect(await under.progress.read(topic)).toStrictEqual([]);
    });

    it('gives back whole lines in order', async () => {
      const lines = [line(1), line(2, { phase: 'failed', code: 'INVALID_CREDENTIALS' })];
      for (const each of lines) await under.progress.publish(topic, each);
      expect(await under.progress.read(topic)).toStrictEqual(lines);
    });

    it('gives what comes after an id, also after one that it no longer knows', async () => {
      for (const each of [line(1), line(3), line(4)]) await under.progress.publish(topic, each);
      expect(await under.progress.read(topic, line(3).id)).toStrictEqual([line(4)]);
      expect(await under.progress.read(topic, line(2).id)).toStrictEqual([line(3), line(4)]);
      expect(await under.progress.read(topic, line(4).id)).toStrictEqual([]);
    });

    it('keeps one line of an id, the first', async () => {
      await under.progress.publish(topic, line(1));
      await under.progress.publish(topic, line(1, { message: 'again' }));
      expect(await under.progress.read(topic)).toStrictEqual([line(1)]);
    });

    it('puts a late line where it belongs', async () => {
      for (const each of [line(1), line(3), line(2)]) await under.progress.publish(topic, each);
      expect(await under.progress.read(topic)).toStrictEqual([line(1), line(2), line(3)]);
    });

    it('drops the oldest lines of a topic that grows without end', async () => {
      for (let number = 1; number <= under.linesPerTopic + 5; number++) await under.progress.publish(topic, line(number));
      const lines = await under.progress.read(topic);
      expect(lines).toHaveLength(under.linesPerTopic);
      expect(lines[0]).toStrictEqual(line(6));
    });

    it('keeps topics apart', async () => {
      await under.progress.publish(topic, line(1));
      expect(await under.progress.read(`${topic}-other`)).toStrictEqual([]);
    });

    it('rings for every line of the topic, and no more after the listener has gone', async () => {
      let rung = 0;
      const off = under.progress.onPublished(topic, () => rung++);
      await under.progress.publish(topic, line(1));
      await under.progress.publish(topic, line(2));
      await under.progress.publish(`${topic}-other`, line(1));
      expect(rung).toBe(2);
      off();
      await under.progress.publish(topic, line(3));
      expect(rung).toBe(2);
    });
  });
}
