/** The process that makes one desktop: `node agent.mjs --config FILE`. */
import { runAgent } from '#libs/display';

await runAgent(process.argv.slice(2));
