/** What an agent says of its desktop: docs/agent-protocol.md, "Paths". It comes out of a desktop, so it is checked before it is believed. */
import type { ObservedApplication } from '../runtime.js';

/** `place` says that somebody else starts it. */
export type HeardApplication = ObservedApplication & { readonly place?: 'container' | 'pod' };

export interface AgentStatus {
  readonly display: 'starting' | 'answering' | 'ended';
  readonly connections: number;
  readonly lastDisconnectedAt?: string;
  readonly applications: readonly HeardApplication[];
}

const MAX_APPLICATIONS = 400;
const PHASES = new Set(['starting', 'running', 'stopping', 'exited', 'failed']);
const DISPLAYS = new Set(['starting', 'answering', 'ended']);

/** @returns undefined for anything that is not a status */
export function readAgentStatus(json: string): AgentStatus | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isRecord(value) || !DISPLAYS.has(value.display as string) || !Number.isSafeInteger(value.connections)) return undefined;
  if (!Array.isArray(value.applications)) return undefined;
  const { lastDisconnectedAt } = value;
  return {
    display: value.display as AgentStatus['display'],
    connections: Math.max(0, value.connections as number),
    ...(typeof lastDisconnectedAt === 'string' && !Number.isNaN(Date.parse(lastDisconnectedAt)) ? { lastDisconnectedAt } : {}),
    applications: value.applications.slice(-MAX_APPLICATIONS).flatMap(readApplication),
  };
}

function readApplication(value: unknown): readonly HeardApplication[] {
  if (!isRecord(value) || typeof value.id !== 'string' || !PHASES.has(value.status as string)) return [];
  const phase = value.status as ObservedApplication['phase'];
  const detail = typeof value.detail === 'string' ? value.detail.slice(0, 500) : 'It did not start.';
  return [
    {
      id: value.id,
      phase,
      ...(value.place === 'container' || value.place === 'pod' ? { place: value.place } : {}),
      ...(Number.isSafeInteger(value.exitCode) ? { exitCode: value.exitCode as number } : {}),
      ...(phase === 'failed' ? { cause: { code: 'APPLICATION_FAILED' as const, detail } } : {}),
    },
  ];
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
