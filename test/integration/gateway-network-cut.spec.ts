/** A network that is cut: nobody says goodbye, and still neither gateway nor agent keeps a dead connection for longer than thirty seconds. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DesktopTokenIssuer, KeyRing } from '#libs/tokens';
import { projectFolder } from '../../apps/standalone/src/project-folder.js';
import { AgentRig } from '../support/agent-rig.js';
import { CutNetworks, established, listens } from '../support/cut-networks.js';
import { eventually } from '../support/eventually.js';
import { DESKTOP, DISPLAY } from '../support/gateway-rig.js';

const FOUND_MS = 30_000;
/** None that anybody has in the machine's own network, where a program is before it gets into ours. */
const GATEWAY = 28_473;
const AGENT = 8090;
/** The gateway's network holds an agent and clients too; from the two others come the client and the agent that will be cut off. */
const AT_GATEWAY = { toClient: '10.77.1.1', toAgent: '10.77.2.1' };
const CLIENT = '10.77.1.2';
const LOST_AGENT = '10.77.2.2';

/** Opens a WebSocket, says what becomes of it, and sends the beginning of RFB when it is told to. */
const CLIENT_PROGRAM = `
  import { WebSocket } from 'ws';
  const [url, token] = process.argv.slice(1);
  const socket = new WebSocket(url, 'binary', { headers: { authorization: 'Bearer ' + token } });
  for (const event of ['open', 'close', 'error']) socket.on(event, () => console.log(event));
  process.stdin.on('data', () => socket.send(Buffer.from('RFB 003.008\\n')));
`;

const why = CutNetworks.whyNot();
if (why && process.env.CI) throw new Error(why);

const project = projectFolder();
const networks = new CutNetworks();
const children: ChildProcess[] = [];
const agents: AgentRig[] = [];
let folder: string;
let gateway: ChildProcess;
let ring: KeyRing;

class Client {
  #said: string[] = [];

  constructor(readonly process: ChildProcess) {
    createInterface(process.stdout!).on('line', (line) => this.#said.push(line));
  }

  async opened(): Promise<void> {
    await eventually(() => expect(this.#said).toContain('open'));
  }

  get isOpen(): boolean {
    return this.#said.includes('open') && !this.#said.includes('close');
  }

  send(): void {
    this.process.stdin!.write('now\n');
  }
}

/** @param at the address of the agent's own */
async function tokenFor(agent: AgentRig, at: string): Promise<string> {
  const target = { address: at, port: AGENT, secret: agent.secret };
  const grant = { userId: 'u', sessionId: 's', desktop: DESKTOP, run: 1, scopes: ['control'] as const, target };
  return (await new DesktopTokenIssuer(ring, 'test').issue(grant)).token;
}

async function client(network: string, host: string, token: string): Promise<Client> {
  const [command = '', ...argv] = [...networks.inside(network), process.execPath, '--input-type=module', '-e', CLIENT_PROGRAM];
  const child = spawn(command, [...argv, `ws://${host}:${GATEWAY}${DISPLAY}`, token], { cwd: project, stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const made = new Client(child);
  await made.opened();
  return made;
}

async function agent(network: string): Promise<AgentRig> {
  const listen = { host: '0.0.0.0', port: AGENT };
  const rig = new AgentRig(join(project, 'dist/agent/agent.mjs'), { desktop: DESKTOP, listen }, {}, undefined, networks.inside(network));
  agents.push(rig);
  await rig.address();
  return rig;
}

async function startGateway(network: string): Promise<ChildProcess> {
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  const file = join(folder, 'deskhand.yaml');
  const settings = {
    installation: { id: 'test' },
    data: 'data',
    http: { host: '0.0.0.0', port: GATEWAY, allowedHosts: Object.values(AT_GATEWAY) },
    gateway: { website: folder },
    runtime: { kind: 'kubernetes', podNetworks: ['10.77.0.0/16'], pod: { image: 'none' } },
    log: { level: 'fatal' },
  };
  writeFileSync(file, stringify(settings));
  const [command = '', ...argv] = [...networks.inside(network), process.execPath, join(project, 'dist/gateway/gateway.mjs')];
  const child = spawn(command, argv, { env: { PATH: process.env.PATH, DESKHAND_CONFIG: file }, stdio: 'inherit' });
  children.push(child);
  await eventually(() => expect(listens(child.pid as number, GATEWAY)).toBe(true));
  return child;
}

describe.skipIf(why !== undefined)(`a network that is cut${why ? ` (skipped: ${why})` : ''}`, () => {
  let here: string;
  let clientsNetwork: string;
  let agentsNetwork: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'deskhand-cut-'));
    ring = await KeyRing.open(join(folder, 'data/keys'));
    [here, clientsNetwork, agentsNetwork] = [networks.add(), networks.add(), networks.add()];
    networks.join([here, AT_GATEWAY.toClient], [clientsNetwork, CLIENT]);
    networks.join([here, AT_GATEWAY.toAgent], [agentsNetwork, LOST_AGENT]);
    gateway = await startGateway(here);
  });
  afterAll(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await Promise.all(agents.splice(0).map((rig) => rig.dispose()));
    networks.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('leaves no half of a connection behind: of a client that is gone, of an agent that is gone, and of one that something is sent to', async () => {
    const [near, far] = await Promise.all([agent(here), agent(agentsNetwork)]);
    const [toNear, toFar] = await Promise.all([tokenFor(near, AT_GATEWAY.toAgent), tokenFor(far, LOST_AGENT)]);
    const lost = await client(clientsNetwork, AT_GATEWAY.toClient, toNear);
    const stays = await client(here, AT_GATEWAY.toClient, toNear);
    const quiet = await client(here, AT_GATEWAY.toClient, toFar);
    const talks = await client(here, AT_GATEWAY.toClient, toFar);
    const [gatewayPid, nearPid] = [gateway.pid!, near.process.pid!];
    expect([established(gatewayPid, GATEWAY), established(gatewayPid, GATEWAY, CLIENT), established(nearPid, AGENT)]).toEqual([4, 1, 2]);

    networks.cut(clientsNetwork);
    networks.cut(agentsNetwork);
    const at = performance.now();
    talks.send();
    const after = (look: () => void): Promise<number> => eventually(look, 60_000).then(() => Math.round(performance.now() - at));
    const found = await Promise.all([
      after(() => expect(established(gatewayPid, GATEWAY, CLIENT)).toBe(0)),
      after(() => expect(established(nearPid, AGENT)).toBe(1)),
      after(() => expect(quiet.isOpen).toBe(false)),
      after(() => expect(talks.isOpen).toBe(false)),
    ]);
    expect(Math.max(...found), String(found)).toBeLessThan(FOUND_MS);
    expect([lost.isOpen, stays.isOpen]).toEqual([true, true]);
    expect(established(gatewayPid, GATEWAY)).toBe(1);
    if (process.env.DESKHAND_TEST_LOG) process.stdout.write(`found after ${found.join(', ')} ms\n`);
  }, 120_000);
});
