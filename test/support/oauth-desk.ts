/** A control plane that logs people in through a real OpenID provider, and the people who do so. */
import { ApiServer } from './api-server.js';
import { OAuthRig, type Service } from './oauth-rig.js';
import { type Page, Person } from './person.js';

/** Where its browsers find it; it has no other address that anybody knows. */
export const DESK = 'https://desk.example';

export const PEOPLE = {
  fry: {
    name: 'Philip J. Fry',
    email: 'fry@planetexpress.example',
    email_verified: true,
    groups: ['ship_crew'],
    hd: 'planetexpress.example',
  },
  leela: { name: 'Turanga Leela', email: 'leela@planetexpress.example', email_verified: true, groups: ['ship_crew', 'captains'] },
};

export const isCallback = (url: URL): boolean => url.pathname.endsWith('/callback');
const isHome = ({ origin, pathname }: URL): boolean => origin === DESK && pathname === '/';

export class OAuthDesk {
  #people = 0;

  private constructor(
    readonly rig: OAuthRig,
    readonly api: ApiServer,
  ) {}

  /** @param providers what stands in the configuration beside the rig's settings, by service */
  static async start(providers: Partial<Record<Service, object>>, options: { identity?: object; more?: object } = {}): Promise<OAuthDesk> {
    const rig = await OAuthRig.start(DESK);
    const settings = Object.entries(providers).map(([service, own]) => rig.settings(service as Service, own));
    const api = await ApiServer.start({
      identity: { providers: settings, ...options.identity },
      more: { http: { publicUrl: DESK }, ...options.more },
    });
    return new OAuthDesk(rig, api);
  }

  /** Everybody whom the provider knows, and nothing in the way. */
  reset(): void {
    this.rig.tamper = undefined;
    this.rig.people.clear();
    for (const [name, claims] of Object.entries(PEOPLE)) this.rig.people.set(name, claims);
  }

  /** Somebody new, at an address of their own. */
  somebody(headers: Record<string, string> = {}): Person {
    const address = `198.51.100.${++this.#people % 250}`;
    return new Person(
      { [DESK]: this.api.url },
      { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'desk.example', 'x-forwarded-for': address, ...headers },
    );
  }

  start(service: string): URL {
    return new URL(`${DESK}/api/v1/auth/oauth/${service}`);
  }

  /** Logs in at the provider, as far as the way back: its address has the code. */
  async toCallback(person: Person, service: Service, login = 'fry'): Promise<URL> {
    let page = await person.go(this.start(service), isCallback);
    // The page that asks who it is, and the one that asks for consent; a browser that the provider knows sees less.
    const forms: readonly Record<string, string>[] = [{ login, password: 'anything' }, {}];
    for (const fields of forms) if (!isCallback(page.url)) page = await person.submit(page, fields, isCallback);
    return page.url;
  }

  /** @returns where it ends: the website */
  async logIn(person: Person, service: Service, login = 'fry'): Promise<Page> {
    return person.go(await this.toCallback(person, service, login), isHome);
  }

  /** Shows an address to the control plane as a program would: what goes wrong is a problem. */
  async show(person: Person, address: URL): Promise<{ status: number; code?: string }> {
    const answer = await person.ask(address, undefined, { accept: '*/*' });
    const { code } = answer.headers.get('content-type')?.includes('json') ? ((await answer.json()) as { code?: string }) : {};
    return { status: answer.status, ...(code ? { code } : {}) };
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  async read(person: Person, path: string): Promise<{ status: number; body: any }> {
    const answer = await person.ask(new URL(`${DESK}/api/v1${path}`));
    return { status: answer.status, body: await answer.json() };
  }

  me(person: Person): ReturnType<OAuthDesk['read']> {
    return this.read(person, '/me');
  }

  async stop(): Promise<void> {
    await this.api?.remove();
    await this.rig?.stop();
  }
}
