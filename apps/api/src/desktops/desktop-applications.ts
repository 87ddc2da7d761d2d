/** Launches, lists and ends applications on a user's desktop: the catalogue says what may run, the log remembers what was asked for. */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { Catalogue, engineOf, enginesOf, type Program } from '#libs/catalogue';
import { type AuthenticatedUser, CONFIGURATION, type Configuration, DeskhandError } from '#libs/common';
import { type ApplicationState, type DesktopReading, GetDesktop, LaunchApplication, StopApplication } from '#libs/desktops';
import { Runtime } from '#libs/runtime';
import type { ApplicationAnswer, ApplicationListAnswer } from './application.dto.js';
import { applicationAnswer } from './desktop.answer.js';

@Injectable()
export class DesktopApplications {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
    private readonly catalogue: Catalogue,
    private readonly runtime: Runtime,
    @Inject(CONFIGURATION) private readonly configuration: Configuration,
  ) {}

  async launch(desktop: string, user: AuthenticatedUser, name: string, given: readonly string[]): Promise<ApplicationAnswer> {
    const program = this.catalogue.programOf(name, given, user);
    const { state } = await this.#read(desktop, user);
    const { container, mayBePod } = this.#placeOf(program, state.profile);
    const id = randomUUID();
    const limit = this.configuration.desktops.applicationLimit;
    const at = new Date().toISOString();
    await this.commands.execute(new LaunchApplication(desktop, id, name, program.command, limit, at, user, container, mayBePod));
    return this.get(desktop, user, id);
  }

  async list(desktop: string, user: AuthenticatedUser): Promise<ApplicationListAnswer> {
    const { state } = await this.#read(desktop, user);
    // A desktop remembers a hundred of them at most: one page.
    return { items: state.applications.map(applicationAnswer) };
  }

  async get(desktop: string, user: AuthenticatedUser, id: string): Promise<ApplicationAnswer> {
    return applicationAnswer(await this.#find(desktop, user, id));
  }

  async stop(desktop: string, user: AuthenticatedUser, id: string): Promise<ApplicationAnswer> {
    await this.commands.execute(new StopApplication(desktop, id, new Date().toISOString(), user));
    return this.get(desktop, user, id);
  }

  async log(desktop: string, user: AuthenticatedUser, id: string): Promise<string> {
    await this.#find(desktop, user, id);
    const { state } = await this.#read(desktop, user);
    return this.runtime.applicationLog({ desktop, run: state.run, id });
  }

  #placeOf({ container }: Program, profile: string) {
    if (!container) return { mayBePod: false };
    const engines = enginesOf(this.configuration, profile);
    const engine = engineOf(container.engine, engines);
    return { ...(engine === 'local' ? {} : { container: { ...container, engine } }), mayBePod: engines.includes('pod') };
  }

  #read(desktop: string, user: AuthenticatedUser): Promise<DesktopReading> {
    return this.queries.execute(new GetDesktop(desktop, user));
  }

  async #find(desktop: string, user: AuthenticatedUser, id: string): Promise<ApplicationState> {
    const { state } = await this.#read(desktop, user);
    const application = state.applications.find((each) => each.id === id);
    if (!application) throw new DeskhandError('APPLICATION_NOT_FOUND', 'No such application runs on this desktop.');
    return application;
  }
}
