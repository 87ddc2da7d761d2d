/** Tokens that are worth nothing any more: nothing is opened with them, at whatever moment of an opening that is heard, and what is open closes. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { upgradeAnswer } from '../support/agent-stand-in.js';
import { bearer, DESKTOP, DISPLAY, refusalOf } from '../support/gateway-rig.js';
import { GatewayStage } from '../support/gateway-stage.js';

const WINDOWS = `/d/${DESKTOP}/windows`;
const codeOf = (answer: { body: string }) => JSON.parse(answer.body).code as string;

let stage: GatewayStage;
beforeEach(async () => {
  stage = await GatewayStage.start();
});
afterEach(() => stage.close());

describe('what is open to a desktop', () => {
  it.each([[{ session: 's1' }], [{ desktop: DESKTOP }], [{ desktop: DESKTOP, run: 1 }]])(
    'closes at once when %o is denied, and its token opens nothing more',
    async (denied) => {
      const { rig } = stage;
      const agent = await stage.agentThat({ onRequest: (_, response) => void response.write('[') });
      const token = await rig.token({ port: agent.port });
      const socket = stage.open(DISPLAY, bearer(token));
      await once(socket, 'open');
      const stream = rig.ask(WINDOWS, { headers: bearer(token) }).catch((error: Error) => error);
      await expect.poll(() => rig.gateway.desktopConnections).toBe(2);
      rig.denyList.deny({ session: 'another' });
      rig.denyList.deny({ desktop: DESKTOP, run: 2 });
      expect(rig.gateway.desktopConnections).toBe(2);
      rig.denyList.deny(denied);
      expect(rig.gateway.desktopConnections).toBe(0);
      expect((await once(socket, 'close'))[0]).toBe(1006);
      expect(await stream).toBeInstanceOf(Error);
      await expect.poll(() => agent.sockets.size).toBe(0);
      expect(codeOf(await rig.ask(WINDOWS, { headers: bearer(token) }))).toBe('DESKTOP_TOKEN_INVALID');
    },
  );
});

describe('a denial that comes while a desktop is being opened', () => {
  it('before its token is verified leads to no desktop: neither a WebSocket nor a call', async () => {
    const { rig } = stage;
    const agent = await stage.agentThat();
    // These come right behind the gateway's own, which has just begun to verify.
    rig.gateway.server.on('upgrade', () => rig.denyList.deny({ session: 's1' }));
    rig.gateway.server.on('request', () => rig.denyList.deny({ session: 's2' }));
    const socket = stage.open(DISPLAY, bearer(await rig.token({ port: agent.port })));
    expect(await refusalOf(socket)).toEqual([401, 'DESKTOP_TOKEN_INVALID']);
    const headers = bearer(await rig.token({ port: agent.port, sessionId: 's2' }));
    expect(await rig.ask(WINDOWS, { headers })).toMatchObject({ status: 401 });
    expect([agent.requests, rig.gateway.desktopConnections]).toEqual([[], 0]);
  });

  it.each([
    ['which it does right then', true],
    ['which it never does', false],
  ])('before the agent has answered, %s, closes both sides', async (_, answers) => {
    const { rig } = stage;
    const held = Promise.withResolvers<() => void>();
    const agent = await stage.agentThat({
      onUpgrade: (socket: Socket, proof) => held.resolve(() => void socket.write(upgradeAnswer(agent, proof))),
    });
    const socket = stage.open(DISPLAY, bearer(await rig.token({ port: agent.port })));
    const answer = await held.promise;
    expect(rig.gateway.desktopConnections).toBe(1);
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    rig.denyList.deny({ session: 's1' });
    expect(rig.gateway.desktopConnections).toBe(0);
    if (answers) answer();
    expect(await closed).toBe(1006);
    await expect.poll(() => agent.sockets.size).toBe(0);
    await expect.poll(() => rig.gateway.connections).toBe(0);
    expect(rig.gateway.traffic.webSockets).toBe(0);
  });
});
