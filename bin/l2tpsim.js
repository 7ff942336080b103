#!/usr/bin/env node
// The `l2tpsim` command: starts the compiled program when it is known to be made from the very sources beside it, else runs the
// sources through tsx, which is slower to start. Installed as a package, without sources, there is only the compiled program.

import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { engineFlags } from './engine-flags.js'
import { isLibraryCurrent } from './sources.js'

for (const flag of engineFlags) setFlagsFromString(flag)

const root = fileURLToPath(new URL('..', import.meta.url))
const fromSource = existsSync(`${root}sim/cli/main.ts`) && !isLibraryCurrent(root)
const entry = new URL(fromSource ? '../sim/cli/main.ts' : '../dist/lib/cli/main.js', import.meta.url)

if (fromSource) await registerTsx()
process.argv[1] = fileURLToPath(entry)
await import(entry.href)

/** Lets Node import TypeScript; ends the program when the development packages are not there. */
async function registerTsx() {
  try {
    const { register } = await import('tsx/esm/api')
    register()
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.error('l2tpsim is neither compiled for these sources nor able to run them; run: npm ci')
    process.exit(2)
  }
}
