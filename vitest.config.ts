import { defineConfig } from 'vitest/config';

/** Sources are tested as they are written: the `source` condition resolves `#libs/*` to TypeScript, not to `dist`. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source', 'node', 'module', 'development|production'] } },
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'machine',
          include: ['apps/**/*.spec.{ts,tsx}', 'libs/**/*.spec.ts', 'test/**/*.spec.ts'],
          exclude: ['node_modules/**', 'dist/**', '**/*.kubernetes.spec.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/**/*.kubernetes.spec.ts'],
          // One cluster, whose parts some of them stop: one file after the other, and after all else.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
        },
      },
    ],
  },
});
