/** Bundles the gateway into one small file: what it does not need of the libraries is not even loaded, which a third of its memory would be. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // What tsc made: decorators are compiled there.
  input: at('../../dist/apps/gateway/src/main.js'),
  platform: 'node',
  tsconfig: false,
  resolve: { conditionNames: ['node', 'import', 'default'] },
  treeshake: { moduleSideEffects: false },
  output: { dir: at('../../dist/gateway'), entryFileNames: 'gateway.mjs', format: 'esm', comments: { legal: true } },
});
