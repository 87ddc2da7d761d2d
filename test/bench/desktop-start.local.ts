/** How long a person waits for a desktop that is processes of this machine, beside Xvnc and openbox started by hand. */
import { agentOf } from '../support/processes.js';
import { StandaloneServer } from '../support/standalone.js';
import { type Bench, inTurn } from './bench.js';
import { startByHand } from './desktop-start.floor.js';
import { MEBI, settledRss } from './measure.js';
import { agentResults, idleAgentRss, startOurs, startResults } from './start-results.js';

const PAIRS = 24;

export const benchLocalStart: Bench = async () => {
  const server = await StandaloneServer.make({ log: { level: 'error' } });
  await server.start();
  try {
    const idle = await settledRss(server.pid);
    const { ours, floor } = await inTurn(PAIRS, () => startOurs(server, agentOf), startByHand);
    return [
      ...startResults(ours, floor),
      { metric: 'RSS of the idle server', unit: 'MiB', ours: idle / MEBI, aim: '<= 250', met: idle <= 250 * MEBI },
      ...agentResults(ours, await idleAgentRss(server, agentOf)),
    ];
  } finally {
    await server.dispose();
  }
};
