/** What stands between an HTTP request for a desktop and the command: which profile, which places are free, how long to wait. */
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { type AuthenticatedUser, CONFIGURATION, type Configuration, desktopIdOf } from '#libs/common';
import { CreateDesktop, type DesktopReading, DesktopViews, GetDesktop } from '#libs/desktops';
import { Departure } from '../http/departure.js';
import { desktopAnswer } from './desktop.answer.js';
import type { CreateDesktopBody, DesktopAnswer } from './desktop.dto.js';
import { chooseProfile } from './profile.choice.js';

const DEFAULT_SIZE = { width: 1280, height: 800 };
const LONGEST_WAIT_SECONDS = 120;

@Injectable()
export class DesktopRequests {
  /** Desktops asked for at this moment, which the view may not know of yet. */
  readonly #asking = new Set<string>();

  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly views: DesktopViews,
    private readonly departure: Departure,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  /** @param prefer the request's `Prefer` header (RFC 7240); `wait=N` counts */
  async create(
    user: AuthenticatedUser,
    body: CreateDesktopBody,
    prefer: string | undefined,
  ): Promise<{ answer: DesktopAnswer; isNew: boolean }> {
    const profile = chooseProfile(this.configuration.profiles, user, body.profile);
    const id = desktopIdOf(user, profile.name);
    const { width = DEFAULT_SIZE.width, height = DEFAULT_SIZE.height, timezone, locale } = body;
    const settings = { width, height, ...(timezone === undefined ? {} : { timezone }), ...(locale === undefined ? {} : { locale }) };
    const owner = { provider: user.provider, subject: user.subject, name: user.name };
    const places = { taken: this.#takenByOthers(id), limit: this.configuration.desktops.limit };
    const command = new CreateDesktop(id, owner, profile.name, settings, places, new Date().toISOString());
    const { events } = await this.#keepingPlace(id, () => this.commands.execute(command));
    const waitMs = waitOf(prefer) * 1000;
    const reading = waitMs > 0 ? await this.#settled(id, user, waitMs) : await this.#read(id, user);
    return { answer: this.#answer(reading), isNew: events.length > 0 };
  }

  async read(id: string, user: AuthenticatedUser): Promise<DesktopAnswer> {
    return this.#answer(await this.#read(id, user));
  }

  #takenByOthers(id: string): number {
    const taken = new Set([...this.views.unfinished(), ...this.#asking]);
    taken.delete(id);
    return taken.size;
  }

  /** Those who ask while the view does not know the new desktop yet must see its place taken. */
  async #keepingPlace<Result>(id: string, ask: () => Promise<Result>): Promise<Result> {
    this.#asking.add(id);
    try {
      const result = await ask();
      await this.views.shown();
      return result;
    } finally {
      this.#asking.delete(id);
    }
  }

  #read(id: string, user: AuthenticatedUser): Promise<DesktopReading> {
    return this.queries.execute(new GetDesktop(id, user));
  }

  #answer(reading: DesktopReading): DesktopAnswer {
    return desktopAnswer(reading, this.configuration.desktops.idleSeconds);
  }

  /** Reads again at every change, until the start has come to its end, the time is over or this process leaves. */
  async #settled(id: string, user: AuthenticatedUser, waitMs: number): Promise<DesktopReading> {
    const end = Date.now() + waitMs;
    let changed = Promise.withResolvers<void>();
    const off = this.views.onChanged(id, () => changed.resolve());
    const { signal } = this.departure;
    const leave = () => changed.resolve();
    signal.addEventListener('abort', leave);
    try {
      for (;;) {
        const reading = await this.#read(id, user);
        const left = end - Date.now();
        if (left <= 0 || signal.aborted || (reading.state.status !== 'requested' && reading.state.status !== 'starting')) return reading;
        const timer = setTimeout(() => changed.resolve(), left);
        await changed.promise;
        clearTimeout(timer);
        changed = Promise.withResolvers<void>();
      }
    } finally {
      off();
      signal.removeEventListener('abort', leave);
    }
  }
}

function waitOf(prefer: string | undefined): number {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?/i.exec(prefer ?? '') ?? [];
  return Math.min(Number(seconds ?? 0), LONGEST_WAIT_SECONDS);
}
