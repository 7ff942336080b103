// How vitest finds and runs the tests. The whole check of the project, of which this is the larger part, is scripts/test.mjs.

import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** For scripts/removals.mjs: every state machine loses what REMOVAL in the environment names (test/support/removal.ts). */
function removal(): Plugin {
  const support = fileURLToPath(new URL('test/support/removal.ts', import.meta.url))
  return {
    name: 'removal',
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/sim/l2tp/fsm.ts')) return undefined
      const changed = code.replace(/(export function machine<[^]*?\{\n) {2}return table\n/, '$1  return asTested(table)\n')
      if (changed === code) throw new Error('machine() in sim/l2tp/fsm.ts is not what the removal expects')
      return `import { asTested } from ${JSON.stringify(support)}\n${changed}`
    },
  }
}

export default defineConfig({
  plugins: process.env['REMOVAL'] === undefined ? [] : [removal()],
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'threads',
    // Files share what they import: nothing in the project keeps state in a module, and loading it anew costs more than most tests.
    isolate: false,
    // Generous because property tests share two cores with everything else; a hanging test is still cut off.
    testTimeout: 30_000,
  },
})
