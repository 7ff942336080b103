// How vitest finds and runs the tests. The whole check of the project, of which this is the larger part, is scripts/test.mjs.

import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const fileAt = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const { REMOVAL, CONSIDERED } = process.env
const removal = JSON.stringify(fileAt('test/support/removal.ts'))

/** For scripts/removals.mjs: changes a source file as the tests see it, and adds lines to it. */
function changed(file: string, from: RegExp, to: string, lines = ''): Plugin {
  return {
    name: `changed ${file}`,
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith(file)) return undefined
      const result = code.replace(from, to)
      if (result === code) throw new Error(`${file} is not what vitest.config.ts expects`)
      return result + lines
    },
  }
}

/** Every state machine loses what REMOVAL names, or the rules do. */
const removing = [
  changed(
    '/sim/l2tp/fsm.ts',
    /(export function machine<[^]*?\{\n) {2}return table\n/,
    '$1  return asTested(table)\n',
    `import { asTested } from ${removal}\n`,
  ),
  changed(
    '/sim/l2tp/rules.ts',
    /export const standardRules\b/,
    'const rulesOfTheRfcs',
    `import { asRuled } from ${removal}\nexport const standardRules = asRuled(rulesOfTheRfcs)\n`,
  ),
]

/** The rows that the machines consider are kept where scripts/considered-rows.mjs finds them. */
const considering = changed(
  '/sim/l2tp/fsm.ts',
  /if \(guard !== undefined && !guard\(/,
  "globalThis.consideredRows?.add(machine.name + ' ' + change.row)\n$&",
)

export default defineConfig({
  plugins: [...(REMOVAL === undefined ? [] : removing), ...(CONSIDERED === undefined ? [] : [considering])],
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: CONSIDERED === undefined ? [] : [fileAt('scripts/considered-rows.mjs')],
    pool: 'threads',
    // Files share what they import: nothing in the project keeps state in a module, and loading it anew costs more than most tests.
    isolate: false,
    // Generous because property tests share two cores with everything else; a hanging test is still cut off.
    testTimeout: 30_000,
  },
})
