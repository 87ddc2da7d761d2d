/**
 * The control plane as a process that dies at its fault points: DESKHAND_FAULTS names a file with the points that were met, one a line. With
 * DESKHAND_FAULTS_KILL=1 the process is killed at each point that is not in the file yet, so that a life passes each of them once.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { armFaultPoints } from '../../libs/common/src/fault-points.js';

const file = process.env.DESKHAND_FAULTS ?? '';
const met = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);

armFaultPoints((name) => {
  // Logging in has but one effect.
  if (met.has(name) || name.includes('Session')) return;
  met.add(name);
  // Written by the kernel when it returns: the kill cannot lose it.
  appendFileSync(file, `${name}\n`);
  if (process.env.DESKHAND_FAULTS_KILL === '1') process.kill(process.pid, 'SIGKILL');
});
await import('../../apps/api/src/main.js');
