/** Somebody with a browser, but no eyes: follows redirects across sites, keeps cookies as browsers do, and fills in forms. */

interface Cookie {
  readonly value: string;
  readonly path: string;
}

/** Where somebody is now. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

const MOST_REDIRECTS = 20;

export class Person {
  /** By site, then by name and path. */
  readonly cookies = new Map<string, Map<string, Cookie>>();

  /**
   * @param places where sites really answer that have no name here: `https://desk.example` at `http://127.0.0.1:1234`
   * @param headers sent with each request to such a site
   */
  constructor(
    private readonly places: Readonly<Record<string, string>> = {},
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Goes there and on to wherever it leads. @param until stops before it asks for an address that fits */
  async go(address: string | URL, until: (url: URL) => boolean = () => false, form?: URLSearchParams): Promise<Page> {
    let url = new URL(address);
    let body = form;
    for (let count = 0; count < MOST_REDIRECTS; count++) {
      if (count > 0 && until(url)) return { url, status: 0, text: '', headers: new Headers() };
      const answer = await this.ask(url, body);
      const next = answer.headers.get('location');
      if (next === null) return { url, status: answer.status, text: await answer.text(), headers: answer.headers };
      await answer.arrayBuffer();
      url = new URL(next, url);
      body = undefined;
    }
    throw new Error(`${address} leads in circles`);
  }

  /** One request, wherever it leads. */
  async ask(url: URL, form?: URLSearchParams, headers: Record<string, string> = {}): Promise<Response> {
    const place = this.places[url.origin];
    const answer = await fetch(place === undefined ? url : `${place}${url.pathname}${url.search}`, {
      method: form ? 'POST' : 'GET',
      ...(form ? { body: form } : {}),
      redirect: 'manual',
      headers: { accept: 'text/html', cookie: this.#cookieHeader(url), ...(place === undefined ? {} : this.headers), ...headers },
      signal: AbortSignal.timeout(30_000),
    });
    for (const line of answer.headers.getSetCookie()) this.#keep(url, line);
    return answer;
  }

  /** Fills in the page's form and sends it. */
  submit(page: Page, fields: Record<string, string>, until?: (url: URL) => boolean): Promise<Page> {
    const action = /<form[^>]* action="([^"]+)"/.exec(page.text)?.[1];
    if (action === undefined) throw new Error(`there is no form at ${page.url}: ${page.text.slice(0, 500)}`);
    const hidden = [...page.text.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
    return this.go(new URL(action, page.url), until, new URLSearchParams({ ...Object.fromEntries(hidden), ...fields }));
  }

  #keep(url: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const [name = '', ...value] = pair.split('=');
    const attribute = (key: string) => attributes.find((one) => one.toLowerCase().startsWith(`${key}=`))?.slice(key.length + 1);
    const path = attribute('path') ?? '/';
    const jar = this.cookies.get(url.host) ?? new Map<string, Cookie>();
    this.cookies.set(url.host, jar);
    const isOver = attribute('max-age') === '0' || Date.parse(attribute('expires') ?? '') < Date.now();
    if (isOver) jar.delete(`${name} ${path}`);
    else jar.set(`${name} ${path}`, { value: value.join('='), path });
  }

  #cookieHeader(url: URL): string {
    const fits = ({ path }: Cookie) => url.pathname === path || url.pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
    return [...(this.cookies.get(url.host) ?? [])]
      .filter(([, cookie]) => fits(cookie))
      .map(([key, { value }]) => `${key.split(' ')[0]}=${value}`)
      .join('; ');
  }
}
