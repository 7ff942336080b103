// `npm run bench`: compiles the benchmarks and runs each file of bench/ in a process of its own, from the root of the repository.
// With arguments only those named (`npm run bench -- queue`). They are compiled because tsx, meant for development, wraps every
// closure in a call that keeps its name, and that would be part of the figures.

import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { engineFlags } from '../bin/engine-flags.js'

const root = dirname(import.meta.dirname)
const known = readdirSync(join(root, 'bench'))
  .filter((name) => name.endsWith('.ts'))
  .map((name) => basename(name, '.ts'))
  .sort()
const chosen = process.argv.length > 2 ? process.argv.slice(2) : known
const unknown = chosen.filter((name) => !known.includes(name))

/** Runs a script of Node's in the foreground; its exit status. */
const node = (...parts) => spawnSync(process.execPath, parts, { cwd: root, stdio: 'inherit' }).status ?? 1

function runAll() {
  if (unknown.length > 0) {
    console.error(`no benchmark named ${unknown.join(', ')}; there are ${known.join(', ')}`)
    return 2
  }
  rmSync(join(root, 'dist/bench'), { recursive: true, force: true })
  const compiled = node(createRequire(import.meta.url).resolve('typescript/bin/tsc'), '-p', 'bench/tsconfig.json')
  if (compiled !== 0) return compiled
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}`)
  const failed = chosen.filter((name) => {
    console.log(`\n${name}`)
    return node(...engineFlags, '--expose-gc', join(root, `dist/bench/bench/${name}.js`)) !== 0
  })
  if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}

process.exitCode = runAll()
