/** Seconds that are still to wait, for people who watch them go by. */
import { useEffect, useState } from 'react';

/** @param seconds to wait from now on; counted anew when `since` changes */
export function useCountdown(seconds: number | undefined, since: unknown): number | undefined {
  const [left, setLeft] = useState(seconds);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another problem with the same wait begins anew.
  useEffect(() => {
    setLeft(seconds);
    if (seconds === undefined) return;
    const until = Date.now() + seconds * 1000;
    const timer = setInterval(() => setLeft(Math.max(0, (until - Date.now()) / 1000)), 250);
    return () => clearInterval(timer);
  }, [seconds, since]);
  return left;
}
