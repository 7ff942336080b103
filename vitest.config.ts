// How vitest finds and runs the tests. The whole check of the project, of which this is the larger part, is scripts/test.mjs.

import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const fileAt = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const { REMOVAL, CONSIDERED } = process.env

/** For scripts/removals.mjs: changes what is in sim/l2tp/fsm.ts as the tests see it. */
function changedMachines(name: string, from: RegExp, to: string): Plugin {
  return {
    name,
    enforce: 'pre',
    transform(code, id) {
      if (!id.endsWith('/sim/l2tp/fsm.ts')) return undefined
      const changed = code.replace(from, to)
      if (changed === code) throw new Error(`sim/l2tp/fsm.ts is not what the plugin "${name}" expects`)
      return name === 'removal' ? `import { asTested } from ${JSON.stringify(fileAt('test/support/removal.ts'))}\n${changed}` : changed
    },
  }
}

const plugins = [
  // Every state machine loses what REMOVAL names.
  ...(REMOVAL === undefined
    ? []
    : [changedMachines('removal', /(export function machine<[^]*?\{\n) {2}return table\n/, '$1  return asTested(table)\n')]),
  // The rows that the machines consider are kept where scripts/considered-rows.mjs finds them.
  ...(CONSIDERED === undefined
    ? []
    : [
        changedMachines(
          'considered rows',
          /if \(guard !== undefined && !guard\(/,
          "globalThis.consideredRows?.add(machine.name + ' ' + change.row)\n$&",
        ),
      ]),
]

export default defineConfig({
  plugins,
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
