import { defineConfig } from 'vitest/config';

/** Sources are tested as they are written: the `source` condition resolves `#libs/*` to TypeScript, not to `dist`. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'module', 'development|production'] } },
  test: {
    include: ['apps/**/*.spec.{ts,tsx}', 'libs/**/*.spec.ts', 'test/**/*.spec.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
