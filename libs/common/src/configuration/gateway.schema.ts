/** Settings of the gateway: the one public port that all bytes of all users cross. */
import { z } from 'zod';

const path = () => z.string().min(1).max(4096).meta({ path: true });
const address = z.string().regex(/^http:\/\/[^/?#@\s]+$/, 'the address of a server, such as http://10.0.0.7:8080');
const server = (text: string) =>
  z
    .union([address, z.array(address).min(1).max(100)])
    .optional()
    .describe(`${text} Its address, or a list of those of its replicas.`);
const count = (fallback: number, text: string) => z.int().min(1).max(1_000_000).default(fallback).describe(text);
/** With less than this what waits on the way would hold up a desktop's pings for so long that its line is taken for dead. */
const LEAST_BYTES_PER_SECOND = 256 * 1024;
const bytesPerSecond = (text: string) =>
  z.int().min(LEAST_BYTES_PER_SECOND).max(100_000_000_000).optional().describe(`${text} Bytes per second; absent: no bound.`);

export const gatewaySchema = z
  .strictObject({
    api: z
      .array(z.url({ protocol: /^http$/, error: 'an address like http://10.0.0.7:8081' }))
      .min(1)
      .max(100)
      .default(['http://127.0.0.1:8081'])
      .describe(
        'With a gateway that is a process of its own: where the replicas of the control plane listen. DESKHAND_API, with commas between them.',
      ),
    workers: z
      .int()
      .min(1)
      .max(256)
      .default(1)
      .describe(
        'With a gateway that is a process of its own: processes that share the port, each with a core. The limits hold for each. WORKERS.',
      ),
    website: path().optional().describe('Folder of the built website; absent: the one that Deskhand was built with.'),
    upstreams: z
      .strictObject({
        admin: server("The operators' REST and GraphQL server: `/admin`."),
        console: server("The server of the operators' page: `/console`."),
        speedtest: server('A LibreSpeed server that answers `/speedtest/` in place of our own.'),
        website: server('A server of a website of your own, in place of the built one.'),
      })
      .prefault({}),
    metrics: z
      .strictObject({
        host: z.string().min(1).default('127.0.0.1').describe('Address to listen on: an internal one.'),
        port: z.int().min(0).max(65_535).describe('Port to listen on.'),
      })
      .optional()
      .describe('With a gateway that is a process of its own: metrics for Prometheus, `/metrics` on a port of their own; absent: none.'),
    targetPorts: z
      .array(z.int().min(1).max(65_535))
      .max(100)
      .optional()
      .describe('Ports on which agents listen: a token leads to no other. Absent: 8090, where pods listen; with the local runtime any.'),
    limits: z
      .strictObject({
        connections: count(10_000, 'Open connections in all.'),
        connectionsPerAddress: count(
          1_000,
          'Open connections of one address; behind a trusted proxy, requests and WebSockets under way of one client.',
        ),
        connectionsPerUser: count(64, 'Open connections of one user to desktops.'),
        connectionBytesPerSecond: bytesPerSecond('What one connection to a desktop may carry, both ways together.'),
        userBytesPerSecond: bytesPerSecond('What all connections of one user to desktops may carry together.'),
      })
      .prefault({}),
  })
  .prefault({});
