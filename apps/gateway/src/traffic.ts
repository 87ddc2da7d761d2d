/** What the gateway counts as it works: bare numbers, which cost nothing; the metrics are made of them when somebody asks. */
export class Traffic {
  /** Requests and upgrades that came through the first passes, by route. */
  readonly requests = new Map<string, number>();
  /** Refused ones, by code. */
  readonly refusals = new Map<string, number>();
  webSockets = 0;
  bytesToBrowsers = 0;
  bytesToDesktops = 0;

  request(route: string): void {
    this.requests.set(route, (this.requests.get(route) ?? 0) + 1);
  }

  refusal(code: string): void {
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }
}
