// How the web page is built: static files under dist/web that work from any folder of any web server.

import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  build: { outDir: 'dist/web', emptyOutDir: true, target: 'es2022' },
  worker: { format: 'es' },
})
