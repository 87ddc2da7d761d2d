/** The gateway beside its peers: `npm run bench -- gateway [--scenario NAME,NAME] [--json]`. */
import type { Bench, Result } from '../bench.js';
import { scenarios } from './scenarios.js';
import { Stage } from './stage.js';

export const benchGateway: Bench = async ({ scenario }) => {
  const chosen = scenario === undefined ? [] : scenario.split(',');
  const unknown = chosen.filter((name) => !Object.hasOwn(scenarios, name));
  if (unknown.length > 0) throw new Error(`no such scenario: ${unknown.join(', ')}; there are ${Object.keys(scenarios).join(', ')}`);
  const stage = await Stage.set();
  try {
    const results: Result[] = [];
    for (const [name, scenario] of Object.entries(scenarios))
      if (chosen.length === 0 || chosen.includes(name)) results.push(...(await scenario(stage)));
    return results;
  } finally {
    await stage.clear();
  }
};
