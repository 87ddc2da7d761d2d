/** Waits for the world to be as it should: tries an assertion again until it holds. */

/**
 * @param attempt throws as long as the world is not right yet
 * @param withinMs generous: it only bounds how long a failing test takes
 */
export async function eventually<T>(attempt: () => T | Promise<T>, withinMs = 30_000): Promise<T> {
  const end = Date.now() + withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
