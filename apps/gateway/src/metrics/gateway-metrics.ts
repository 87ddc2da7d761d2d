/** What operators can watch of one gateway process: its counters as Prometheus reads them, made when somebody asks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Gateway } from '../gateway.js';

export function metricsOf(gateway: Gateway): Registry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const { traffic } = gateway;
  const labelled = (name: string, help: string, label: string, counts: ReadonlyMap<string, number>): void => {
    new Counter({
      name,
      help,
      registers,
      labelNames: [label],
      collect() {
        this.reset();
        for (const [value, count] of counts) this.inc({ [label]: value }, count);
      },
    });
  };
  const counted = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  };
  const gauged = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  labelled('deskhand_gateway_requests_total', 'Requests and upgrades that passed the first checks, by route.', 'route', traffic.requests);
  labelled(
    'deskhand_gateway_refusals_total',
    'Requests and upgrades that were refused or failed, by error code.',
    'code',
    traffic.refusals,
  );
  counted('deskhand_gateway_websockets_total', 'WebSockets that were opened to desktops.', () => traffic.webSockets);
  counted('deskhand_gateway_bytes_to_browsers_total', 'Bytes of WebSockets from desktops to browsers.', () => traffic.bytesToBrowsers);
  counted('deskhand_gateway_bytes_to_desktops_total', 'Bytes of WebSockets from browsers to desktops.', () => traffic.bytesToDesktops);
  gauged('deskhand_gateway_connections', 'Connections of clients that are open.', () => gateway.connections);
  gauged('deskhand_gateway_desktop_connections', 'Requests and WebSockets that are open to desktops.', () => gateway.desktopConnections);
  return registry;
}
