/**
 * Bundles the control plane, alone and as `npm start` runs it, into a few files: a start loads those instead of two thousand, and what was compiled
 * for one start is kept for the next. Both cost a third of the processor time, which is what a killed replica is missed for.
 */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'rolldown';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));

/** What Nest and the drivers ask for in vain, as nobody installed it; and what has a native part beside it. */
const OUTSIDE = [
  /^@nestjs\/(?:microservices|websockets)/,
  /^(?:@fastify\/|class-transformer\/storage|swagger-ui)/,
  /^(?:@aws-sdk\/|@mongodb-js\/|aws4|gcp-metadata|kerberos|mongodb-client-encryption|snappy|socks)/,
  /^@node-rs\/argon2/,
];

/** Begins before anything else is loaded. Where the folder cannot be written, as in a read-only image, Node goes on without it. */
const begin = {
  name: 'begin',
  resolveId: (id) => (id.startsWith('begin:') ? `\0${id}` : null),
  load(id) {
    if (!id.startsWith('\0begin:')) return null;
    const main = at(`../../dist/apps/${id.slice('\0begin:'.length)}/src/main.js`);
    return `
      import { enableCompileCache, flushCompileCache } from 'node:module';
      import { fileURLToPath } from 'node:url';
      enableCompileCache(fileURLToPath(new URL('./compiled', import.meta.url)));
      // A process that is killed writes nothing on its way out.
      setTimeout(flushCompileCache, 5_000).unref();
      await import(${JSON.stringify(main)});`;
  },
};

export default defineConfig({
  // What tsc made: decorators are compiled there.
  input: { api: 'begin:api', standalone: 'begin:standalone' },
  platform: 'node',
  tsconfig: false,
  external: OUTSIDE,
  plugins: [begin],
  output: {
    dir: at('../../dist/server'),
    cleanDir: true,
    entryFileNames: '[name].mjs',
    format: 'esm',
    // Decorators need what reflect-metadata does when it is loaded.
    strictExecutionOrder: true,
    comments: { legal: true },
  },
});
