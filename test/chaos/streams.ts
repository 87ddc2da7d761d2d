/** What the store says of the desktops, beside what was seen of them: the truth to look at when one of them ended wrongly. */
import { loadConfiguration } from '#libs/common';
import { type EventStore, openStore, type RecordedEvent } from '#libs/event-sourcing';

export class Streams {
  private constructor(private readonly store: EventStore) {}

  /** @param file the configuration of the replicas */
  static async open(file: string): Promise<Streams> {
    return new Streams(await openStore(loadConfiguration({ DESKHAND_CONFIG: file })));
  }

  /** Of those desktops, the ones of which a run became ready twice. */
  async readyTwice(desktops: Iterable<string>): Promise<readonly string[]> {
    const twice: string[] = [];
    for (const desktop of desktops) {
      const runs = (await this.#read(desktop)).filter(({ type }) => type === 'DesktopBecameReady').map(runOf);
      if (new Set(runs).size < runs.length) twice.push(desktop);
    }
    return twice;
  }

  /** A line an event, for people. */
  async tell(desktop: string): Promise<string> {
    return (await this.#read(desktop)).map(({ recordedAt, type, data }) => `  ${recordedAt} ${type} ${JSON.stringify(data)}`).join('\n');
  }

  close(): Promise<void> {
    return this.store.close();
  }

  #read(desktop: string): Promise<readonly RecordedEvent[]> {
    return this.store.read(`desktop-${desktop}`);
  }
}

const runOf = ({ data }: RecordedEvent): unknown => (data as { readonly run?: number }).run;
