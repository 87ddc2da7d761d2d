/** Runs other programs: steps that end by themselves within a time, and the server that runs until it is told to end. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const MAX_OUTPUT = 1_000_000;
/** npm and the terminal both deliver one Ctrl-C: what comes within this time is the same one. */
const SAME_SIGNAL_MS = 700;

/** A failure that the person at the terminal can mend: its message is all that is shown. */
export class Stop extends Error {}

/** Runs a script's body: its code is the process's, and a {@link Stop} is told in its own words. @param {() => Promise<number>} body */
export function attempt(body) {
  body().then(
    (code) => process.exit(code),
    (error) => {
      console.error(error instanceof Stop ? error.message : error);
      process.exit(1);
    },
  );
}

/** @param {string} project */
export const binFolder = (project) => join(project, 'node_modules/.bin');

/** The environment with the project's own programs, Node 24 among them, first. @param {string} project */
export const projectEnvironment = (project) => ({ ...process.env, PATH: `${binFolder(project)}${delimiter}${process.env.PATH ?? ''}` });

/** Steps that run now. A Ctrl-C is theirs too: npm tidies up for seconds, and a start meanwhile would stumble over it. */
const running = new Set();
let interruption;

function interrupt(signal) {
  interruption ??= signal;
  // The terminal gives its Ctrl-C to everybody; the other signals come to us alone.
  if (signal !== 'SIGINT') for (const child of running) child.kill(signal);
}

function begin(child) {
  if (running.size === 0) for (const signal of SIGNALS) process.on(signal, interrupt);
  running.add(child);
}

function finish(child) {
  running.delete(child);
  if (running.size > 0) return;
  for (const signal of SIGNALS) process.off(signal, interrupt);
  if (interruption) process.exit(exitCodeOf(interruption));
}

/**
 * Runs a step. One that is interrupted is waited for; then this process ends too.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs: number, show?: boolean }} options `show`: lets it write to the terminal
 * @returns {Promise<{ ok: boolean, code: number, output: string }>} never rejects; a program that is not there has code 127
 */
export function run(command, args, { cwd, env, timeoutMs, show = false }) {
  return new Promise((resolve) => {
    const stdio = show ? 'inherit' : ['ignore', 'pipe', 'pipe'];
    const child = spawn(command, args, { cwd, env: env ?? process.env, stdio });
    begin(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        output = (output + chunk).slice(-MAX_OUTPUT);
      });
    const end = (code) => {
      clearTimeout(timer);
      finish(child);
      resolve({ ok: code === 0, code, output });
    };
    const timer = setTimeout(() => {
      output += `\n${command} took longer than ${timeoutMs / 1000} s and was ended.`;
      child.kill('SIGKILL');
      // Not to wait for its own children, which may keep the pipes open.
      end(exitCodeOf('SIGKILL'));
    }, timeoutMs);
    child.on('error', (error) => {
      output += error.message;
      end(127);
    });
    child.on('close', (code, signal) => end(code ?? exitCodeOf(signal)));
  });
}

/**
 * Runs the server in the foreground: hands signals on, and ends as it ends. A second Ctrl-C forces the end.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<number>} its exit code, 128 + n where a signal ended it
 */
export function serve(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    let firstAt;
    for (const signal of SIGNALS)
      process.on(signal, () => {
        const again = firstAt !== undefined && Date.now() - firstAt > SAME_SIGNAL_MS;
        firstAt = firstAt ?? Date.now();
        child.kill(again ? 'SIGKILL' : signal);
      });
    child.on('error', (error) => {
      console.error(error.message);
      resolve(127);
    });
    child.on('exit', (code, signal) => resolve(code ?? exitCodeOf(signal)));
  });
}

/** @param {NodeJS.Signals | null} signal */
const exitCodeOf = (signal) => 128 + (constants.signals[signal] ?? 0);
