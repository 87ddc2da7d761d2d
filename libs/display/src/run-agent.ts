/** The agent as a process: starts the X server before it loads the rest of itself, obeys signals, and says why it ended. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DeskhandError } from '#libs/common';
import { type AgentConfiguration, readAgentConfiguration, readSecret } from './agent-configuration.js';
import { AGENT_EXIT, FAILURE_FILE } from './agent-status.js';
import { failureReport } from './failure-report.js';
import { XServer } from './x-server.js';

/** Beyond this, milliseconds, the end is forced. */
const END_LIMIT_MS = 15_000;

/** @param argv `--config FILE` */
export async function runAgent(argv: readonly string[]): Promise<void> {
  outliveStarter();
  const asked = new Promise<void>((resolve) => {
    // Kept: a second signal must not end the agent before it has ended the rest.
    process.on('SIGTERM', () => resolve());
    process.on('SIGINT', () => resolve());
  });
  const broken = new Promise<never>((_, reject) => {
    process.on('uncaughtException', reject);
  });
  let configuration: AgentConfiguration | undefined;
  let close: (() => Promise<void>) | undefined;
  let exitCode = 0;
  try {
    configuration = readAgentConfiguration(configurationFile(argv));
    const secret = readSecret(configuration.secretFile);
    becomeUser(configuration.user);
    process.chdir(configuration.folder);
    const display = new XServer(configuration);
    close = () => display.stop();
    // Loading all of this takes about as long as the X server's start: the two run side by side.
    const { Agent } = await import('./agent.js');
    const agent = new Agent(configuration, secret, display);
    close = () => agent.close();
    await Promise.race([asked, agent.run(), broken]);
  } catch (error) {
    exitCode = fail(error, configuration);
  }
  setTimeout(() => process.exit(exitCode), END_LIMIT_MS).unref();
  await close?.().catch((error) => console.error(error));
  process.exit(exitCode);
}

/** For good: groups first, as afterwards there is no right to change them any more. */
function becomeUser(user: AgentConfiguration['user']): void {
  if (!user) return;
  try {
    process.setgroups?.([]);
    process.setgid?.(user.gid);
    process.setuid?.(user.uid);
  } catch {
    throw new DeskhandError('CONFIGURATION_INVALID', 'Only an agent that was started as root can become another user.');
  }
}

/** The starter may end and be started again while desktops go on. */
function outliveStarter(): void {
  process.on('SIGHUP', () => {});
  // Its end of these is gone then.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

function configurationFile(argv: readonly string[]): string {
  const [option, file] = argv;
  if (option === '--config' && file !== undefined && argv.length === 2) return file;
  throw new DeskhandError('CONFIGURATION_INVALID', 'Start the agent as: agent.mjs --config FILE.');
}

/** Writes down why it ends. @returns the exit code for it */
function fail(error: unknown, configuration: AgentConfiguration | undefined): number {
  const known = error instanceof DeskhandError;
  const { code, detail } = known ? error : { code: 'AGENT_EXITED', detail: 'The agent failed; its log says where.' };
  console.error(known ? `${code}: ${detail}` : error);
  const { folder, failureFile } = configuration ?? {};
  const report = failureReport(code, detail);
  for (const file of [folder && join(folder, FAILURE_FILE), failureFile]) {
    try {
      if (file) writeFileSync(file, report, { mode: 0o600 });
    } catch (unwritten) {
      console.error(unwritten);
    }
  }
  return !known || code === 'DISPLAY_ENDED' ? AGENT_EXIT.displayEnded : AGENT_EXIT.notStarted;
}
