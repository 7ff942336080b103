// How the web page is built: static files under dist/web that work from any folder of any web server.

import { defineConfig, type Plugin } from 'vite'

/** The page's code is asked for along with the script that begins it, not only when that has run. */
function fetchPageEarly(): Plugin {
  return {
    name: 'fetch-page-early',
    transformIndexHtml: {
      order: 'post',
      handler: (_, { bundle = {} }) => {
        const page = Object.values(bundle).find((chunk) => chunk.type === 'chunk' && chunk.name === 'page')
        const files = page?.type === 'chunk' ? [page.fileName, ...page.imports] : []
        return files.map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `./${file}` },
          injectTo: 'head',
        }))
      },
    },
  }
}

export default defineConfig({
  base: './',
  plugins: [fetchPageEarly()],
  // Every browser that has module workers has modulepreload.
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  worker: { format: 'es' },
})
