/** Measures the line between this browser and the gateway, as LibreSpeed does: round trips, then several downloads at once, then uploads. */
import { type Mark, WARM_UP_MS } from './statistics.js';

export type Phase = 'ping' | 'download' | 'upload';

/** What is known so far. */
export interface Findings {
  readonly roundTrips: readonly number[];
  readonly download: readonly Mark[];
  readonly upload: readonly Mark[];
}

export const NOTHING_YET: Findings = { roundTrips: [], download: [], upload: [] };

const PINGS = 12;
const STREAM_MS = 8_000 + WARM_UP_MS;
const SAMPLE_MS = 200;
/** Browsers open six connections to a server at most; one is left for the desktop that may be open beside. */
const DOWNLOADS = 4;
const UPLOADS = 3;
const MEBI = 1024 * 1024;
const UPLOAD_MEBIS = 8;
/** getRandomValues gives no more at once. */
const RANDOM_BYTES = 65_536;

const fresh = (path: string): string => `/speedtest/${path}${path.includes('?') ? '&' : '?'}r=${Math.random()}`;

/**
 * @param onFindings called whenever something new is known
 * @throws when the server does not answer, or `signal` was aborted
 */
export async function measure(
  signal: AbortSignal,
  onPhase: (phase: Phase) => void,
  onFindings: (findings: Findings) => void,
): Promise<void> {
  let findings = NOTHING_YET;
  const learn = (news: Partial<Findings>): void => {
    findings = { ...findings, ...news };
    onFindings(findings);
  };
  onPhase('ping');
  await ping(signal, (roundTrips) => learn({ roundTrips }));
  onPhase('download');
  await stream(signal, DOWNLOADS, download, (marks) => learn({ download: marks }));
  onPhase('upload');
  const noise = makeNoise();
  await stream(
    signal,
    UPLOADS,
    (until, count) => upload(noise, until, count),
    (marks) => learn({ upload: marks }),
  );
}

async function ping(signal: AbortSignal, onRoundTrips: (roundTrips: readonly number[]) => void): Promise<void> {
  const roundTrips: number[] = [];
  // The first opens the connection and does not count.
  for (let n = 0; n <= PINGS; n += 1) {
    const started = performance.now();
    await asked(await fetch(fresh('empty'), { signal, cache: 'no-store' }));
    if (n > 0) roundTrips.push(performance.now() - started);
    onRoundTrips([...roundTrips]);
  }
}

type Work = (until: AbortSignal, count: (bytes: number) => void) => Promise<void>;

/** Runs the same work several times at once for a while, and counts what it moves. */
async function stream(signal: AbortSignal, times: number, work: Work, onMarks: (marks: readonly Mark[]) => void): Promise<void> {
  const over = AbortSignal.timeout(STREAM_MS);
  const until = AbortSignal.any([signal, over]);
  const started = performance.now();
  const marks: Mark[] = [];
  let bytes = 0;
  const sampling = setInterval(() => {
    marks.push({ ms: performance.now() - started, bytes });
    onMarks([...marks]);
  }, SAMPLE_MS);
  const repeat = async (): Promise<void> => {
    while (!until.aborted)
      await work(until, (more) => {
        bytes += more;
      });
  };
  try {
    await Promise.all(Array.from({ length: times }, repeat));
  } catch (error) {
    if (!over.aborted || signal.aborted) throw error;
  } finally {
    clearInterval(sampling);
  }
}

async function download(until: AbortSignal, count: (bytes: number) => void): Promise<void> {
  const { body } = await asked(await fetch(fresh('garbage?ckSize=100'), { signal: until, cache: 'no-store' }));
  const reader = body?.getReader();
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) count(piece.value.byteLength);
}

/** XMLHttpRequest, for fetch does not tell how far an upload is. */
function upload(noise: Blob, until: AbortSignal, count: (bytes: number) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const request = new XMLHttpRequest();
  let sent = 0;
  const abort = (): void => request.abort();
  request.upload.onprogress = ({ loaded }) => {
    count(loaded - sent);
    sent = loaded;
  };
  request.onload = () => (request.status === 200 ? resolve() : reject(new Error(`HTTP ${request.status}`)));
  request.onerror = () => reject(new Error('the upload failed'));
  request.onabort = () => resolve();
  request.onloadend = () => until.removeEventListener('abort', abort);
  until.addEventListener('abort', abort);
  request.open('POST', fresh('empty'));
  request.send(noise);
  return promise;
}

/** So that nothing on the way can make it smaller. */
function makeNoise(): Blob {
  const mebi = new Uint8Array(MEBI);
  for (let at = 0; at < MEBI; at += RANDOM_BYTES) crypto.getRandomValues(mebi.subarray(at, at + RANDOM_BYTES));
  return new Blob(
    Array.from({ length: UPLOAD_MEBIS }, () => mebi),
    { type: 'application/octet-stream' },
  );
}

async function asked(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response;
}
