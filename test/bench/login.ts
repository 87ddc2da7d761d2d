/** What a login over LDAP costs the control plane, beside a bare bind and search by the same client library, in one run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'ldapts';
import { stringify } from 'yaml';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { eventually } from '../support/eventually.js';
import { freePort } from '../support/free-port.js';
import { type Answer, HttpClient } from '../support/http-client.js';
import { ADMIN, PEOPLE, Slapd } from '../support/slapd.js';
import { type Bench, median, quantile, type Result } from './bench.js';
import { cpuSeconds } from './measure.js';

const CLIENTS = 16;
/** Until the compiler has done with both sides: it takes some ten thousand logins. */
const WARM_UP_ROUNDS = 8;
const ROUNDS = 7;
const UNITS_PER_ROUND = 1_000;
const STEADY_RATE = 50;
const STEADY_SECONDS = 10;
/** So many that none of them comes to the most sessions that a user may have. */
const NAMES = Array.from({ length: 150 }, (_, number) => `crew${number}`);
const GROUP = 'crew';

interface Measured {
  /** Units per second. */
  readonly rate: number;
  /** Milliseconds of CPU per unit. */
  readonly cpu: number;
}

export const benchLogin: Bench = async () => {
  const slapd = await Slapd.start([...NAMES.map(personOf), groupOf(NAMES)].join('\n\n'));
  const api = await ControlPlane.start(slapd);
  const ruled = await ControlPlane.start(slapd, [{ name: 'crew', conditions: [{ group: [GROUP] }], labels: ['crew'] }]);
  try {
    const floor = await Floor.open(slapd);
    const logins: Measured[] = [];
    const ruledLogins: Measured[] = [];
    const floors: Measured[] = [];
    const renewals: Measured[] = [];
    const reads: Measured[] = [];
    const signatures: number[] = [];
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const floorNow = await measure((unit) => floor.logIn(nameOf(unit)), ownCpu);
      const sessions: Answer['body'][] = [];
      const login = await measure(async (unit) => void sessions.push(await api.logIn(nameOf(unit))), api.cpu);
      const renewal = await measure((unit) => api.renew(sessions[unit].refreshToken), api.cpu);
      const read = await measure((unit) => api.me(sessions[unit].accessToken), api.cpu);
      const ruledLogin = await measure((unit) => ruled.logIn(nameOf(unit)), ruled.cpu);
      const signature = signatureCpu();
      if (round < 0) continue;
      floors.push(floorNow);
      logins.push(login);
      ruledLogins.push(ruledLogin);
      renewals.push(renewal);
      reads.push(read);
      signatures.push(signature);
    }
    const steady = await steadily(() => api.logIn(nameOf(0)));
    await floor.close();
    return resultsOf({ logins, ruledLogins, floors, renewals, reads, signatures, steady });
  } finally {
    await api.stop();
    await ruled.stop();
    await slapd.remove();
  }
};

const nameOf = (unit: number): string => NAMES[unit % NAMES.length] ?? '';

const dnOf = (name: string): string => `cn=${name},${PEOPLE}`;

const personOf = (name: string, number: number): string =>
  [
    `dn: ${dnOf(name)}`,
    ...['inetOrgPerson', 'posixAccount'].map((kind) => `objectClass: ${kind}`),
    ...[`cn: ${name}`, `sn: ${name}`, `uid: ${name}`, `mail: ${name}@planetexpress.com`, `userPassword: ${name}`],
    ...[`uidNumber: ${20_000 + number}`, 'gidNumber: 12000', `homeDirectory: /home/${name}`, 'loginShell: /bin/bash'],
  ].join('\n');

const groupOf = (names: readonly string[]): string =>
  [`dn: cn=${GROUP},${PEOPLE}`, 'objectClass: groupOfNames', `cn: ${GROUP}`, ...names.map((name) => `member: ${dnOf(name)}`)].join('\n');

/** Each client does one thing after the other. */
async function measure(work: (unit: number) => Promise<unknown>, cpuSeconds: () => number): Promise<Measured> {
  const [startedAt, cpuBefore] = [performance.now(), cpuSeconds()];
  let next = 0;
  const client = async () => {
    while (next < UNITS_PER_ROUND) await work(next++);
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const [ms, cpu] = [performance.now() - startedAt, cpuSeconds() - cpuBefore];
  return { rate: (UNITS_PER_ROUND / ms) * 1000, cpu: (cpu / UNITS_PER_ROUND) * 1000 };
}

const ownCpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Logins that come at their rate, however long each takes. @returns how long each took, in milliseconds */
async function steadily(work: () => Promise<unknown>): Promise<readonly number[]> {
  const startedAt = performance.now();
  const waiting = Array.from({ length: STEADY_RATE * STEADY_SECONDS }, async (_, unit) => {
    const due = (unit / STEADY_RATE) * 1000;
    await pause(Math.max(0, due - (performance.now() - startedAt)));
    await work();
    return performance.now() - startedAt - due;
  });
  return Promise.all(waiting);
}

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Milliseconds of CPU for one RS256 signature, in this process. */
function signatureCpu(): number {
  const signatures = 200;
  const before = ownCpu();
  for (let count = 0; count < signatures; count++) sign('sha256', Buffer.from(`a token's worth of text, ${count}`), privateKey);
  return ((ownCpu() - before) / signatures) * 1000;
}

/** A search by the service account and a bind by who logs in, over TLS, each connection used again. */
class Floor {
  private constructor(
    private readonly search: Client,
    private readonly binds: Client[],
  ) {}

  static async open({ secureUrl, caFile }: Slapd): Promise<Floor> {
    const client = () => new Client({ url: secureUrl, tlsOptions: { ca: readFileSync(caFile) } });
    const search = client();
    await search.bind(ADMIN.dn, ADMIN.password);
    return new Floor(search, Array.from({ length: CLIENTS }, client));
  }

  async logIn(name: string): Promise<void> {
    const { searchEntries } = await this.search.search(PEOPLE, { filter: `(uid=${name})`, attributes: ['cn', 'mail', 'entryUUID'] });
    const client = this.binds.pop();
    if (!client) throw new Error('more logins than clients');
    await client.bind(searchEntries[0]?.dn ?? '', name);
    this.binds.push(client);
  }

  async close(): Promise<void> {
    await Promise.all([this.search, ...this.binds].map((client) => client.unbind()));
  }
}

/** The control plane as a process of its own, so that nobody else's CPU is counted. */
class ControlPlane {
  readonly #clients: HttpClient;

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    url: string,
  ) {
    this.#clients = new HttpClient(url);
  }

  static async start({ secureUrl, caFile }: Slapd, rules: readonly object[] = []): Promise<ControlPlane> {
    const folder = mkdtempSync(join(tmpdir(), 'deskhand-bench-'));
    const directory = { kind: 'ldap', id: 'directory', displayName: 'Directory', urls: [secureUrl], caFile, connections: CLIENTS };
    const providers = [{ ...directory, service: ADMIN, user: { base: PEOPLE }, groups: { base: PEOPLE } }];
    writeFileSync(join(folder, 'deskhand.yaml'), stringify({ data: 'data', identity: { providers, rules }, log: { level: 'error' } }));
    const port = await freePort();
    const child = spawn(process.execPath, [join(projectFolder(), 'dist/server/api.mjs')], {
      env: { PATH: process.env.PATH, DESKHAND_CONFIG: join(folder, 'deskhand.yaml'), DESKHAND_PORT: String(port) },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const api = new ControlPlane(child, folder, `http://127.0.0.1:${port}`);
    await eventually(() => api.#expect('GET', '/healthz'));
    return api;
  }

  readonly cpu = (): number => cpuSeconds(this.child.pid ?? 0);

  logIn = (name: string) => this.#expect('POST', '/api/v1/auth/login', { provider: 'directory', username: name, password: name });
  renew = (refreshToken: string) => this.#expect('POST', '/api/v1/auth/refresh', { refreshToken });
  me = (token: string) => this.#expect('GET', '/api/v1/me', undefined, { authorization: `Bearer ${token}` });

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGTERM');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #expect(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer['body']> {
    const answer = await this.#clients.call(method, path, body, headers);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}

interface All {
  readonly logins: readonly Measured[];
  /** Of people whose groups a rule looks at. */
  readonly ruledLogins: readonly Measured[];
  readonly floors: readonly Measured[];
  readonly renewals: readonly Measured[];
  readonly reads: readonly Measured[];
  readonly signatures: readonly number[];
  readonly steady: readonly number[];
}

function resultsOf({ logins, ruledLogins, floors, renewals, reads, signatures, steady }: All): readonly Result[] {
  const cpu = (measured: readonly Measured[]) => median(measured.map((one) => one.cpu));
  const rate = (measured: readonly Measured[]) => median(measured.map((one) => one.rate));
  const signature = median(signatures);
  const atMost = (aim: number, text: string, result: Result): Result => ({ ...result, aim: text, met: result.ours <= aim });
  const [login, floor, renewal, read, p95] = [cpu(logins), cpu(floors), cpu(renewals), cpu(reads), quantile(steady, 0.95)];
  return [
    { metric: `logins, ${CLIENTS} clients`, unit: '1/s', ours: rate(logins), floor: rate(floors) },
    atMost(2 * floor + signature, '<= 2 x floor + signature', { metric: 'CPU per login', unit: 'ms', ours: login, floor }),
    { metric: 'CPU per login with a rule on groups', unit: 'ms', ours: cpu(ruledLogins) },
    { metric: 'CPU per RS256 signature', unit: 'ms', ours: signature },
    atMost(100, '<= 100', { metric: `p95 at ${STEADY_RATE} logins/s`, unit: 'ms', ours: p95 }),
    atMost(signature + 0.5, '<= signature + 0.5', { metric: 'CPU per renewal', unit: 'ms', ours: renewal, floor: signature }),
    atMost(0.5, '<= 0.5', { metric: 'CPU per GET /me', unit: 'ms', ours: read }),
  ];
}
