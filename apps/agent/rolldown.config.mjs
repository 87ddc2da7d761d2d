/** Bundles the agent into one small file, so that it starts fast and needs no node_modules beside it. */
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Parts of `ws` and `x11` that a server without TLS and compression, and an X client without graphics, never run. */
const UNUSED = /^(?:https|tls|zlib|\.\/(?:fdpass|auth|ext\/(?!res$|xkb$).+))$/;

/** Optional native parts of `ws`: it does without them when loading them fails. */
const OPTIONAL = /^(?:bufferutil|utf-8-validate)$/;

const trim = {
  name: 'trim',
  resolveId(id, importer = '') {
    if (!/\/node_modules\/(?:ws|x11)\//.test(importer)) return null;
    if (OPTIONAL.test(id)) return '\0absent';
    return UNUSED.test(id) ? '\0unused' : null;
  },
  load(id) {
    if (id === '\0absent') return "throw new Error('not in the bundle');";
    return id === '\0unused' ? 'module.exports = {};' : null;
  },
};

/**
 * A static import of a built-in module moves to the top of the bundle and touches all that the module exports, getters too, one of
 * which loads a whole HTTP client: 40 ms before the X server is started. Here it is read where its importer runs, without getters.
 */
const lateBuiltins = {
  name: 'late-builtins',
  resolveId: (id, _importer, { kind }) => (isBuiltin(id) ? `\0${kind === 'require-call' ? 'require' : 'import'}:${id}` : null),
  load(path) {
    const [, kind, id] = /^\0(require|import):(.+)$/.exec(path) ?? [];
    if (id === undefined) return null;
    const read = `process.getBuiltinModule('${id}')`;
    if (kind === 'require') return `module.exports = ${read};`;
    const properties = Object.entries(Object.getOwnPropertyDescriptors(process.getBuiltinModule(id)));
    const [getters, values] = [true, false].map((wanted) =>
      properties.flatMap(([name, { get }]) => (Boolean(get) === wanted ? [name] : [])),
    );
    // Pure, so that nothing of a getter is left where nobody imports it.
    return [
      `export const { ${values} } = ${read};`,
      ...getters.map((name) => `export const ${name} = /* @__PURE__ */ (() => ${read}.${name})();`),
    ].join('\n');
  },
};

export default defineConfig({
  input: at('src/main.ts'),
  platform: 'node',
  tsconfig: false,
  resolve: { conditionNames: ['source', 'node', 'import', 'default'] },
  // Nothing here has to run only because it is imported: what #libs/common offers to others stays out.
  treeshake: { moduleSideEffects: false },
  plugins: [trim, lateBuiltins],
  output: { file: at('../../dist/agent/agent.mjs'), format: 'esm', minify: true, codeSplitting: false, comments: { legal: true } },
});
