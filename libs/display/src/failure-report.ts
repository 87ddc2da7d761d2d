/** The file that says why an agent ended, short enough to be whole wherever it is read. */

/** What Kubernetes keeps of a termination message: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/ */
const MAX_BYTES = 4096;

/** @param detail is cut where the whole would be longer than 4096 bytes @returns JSON `{code, detail}` */
export function failureReport(code: string, detail: string): string {
  const characters = [...detail];
  // Never more bytes than these, since a character takes at least one.
  let kept = Math.min(characters.length, MAX_BYTES);
  for (;;) {
    const cut = kept < characters.length ? '…' : '';
    const report = JSON.stringify({ code, detail: characters.slice(0, kept).join('') + cut });
    const excess = Buffer.byteLength(report) - MAX_BYTES;
    if (excess <= 0 || kept === 0) return report;
    // A character takes six bytes at most, as an escape.
    kept -= Math.max(1, Math.ceil(excess / 6));
  }
}
