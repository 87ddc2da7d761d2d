/** How the website is built: hashed files in dist/website/assets, each beside its compressed forms, nothing inline (the pages run under a strict CSP). */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { precompress } from './precompress.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const api = process.env.DESKHAND_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  root: here('.'),
  base: '/',
  plugins: [react(), precompress()],
  css: { modules: { generateScopedName: '[name]-[local]-[hash:base64:4]' } },
  build: {
    outDir: here('../../dist/website'),
    emptyOutDir: true,
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    // One small file that comes with the page: a style sheet that was asked for while the server is away is never asked for again.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    reportCompressedSize: false,
  },
  // While developing, a running server (DESKHAND_API) answers everything that is not a page.
  server: { proxy: { '/api': api, '/d/': { target: api, ws: true } } },
});
