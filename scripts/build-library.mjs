// Compiles sim/ to dist/lib (JavaScript and declarations) with plain tsc, unless that is already the compiled form of these
// very sources. With --prepare (npm runs it after `npm ci`) a failure is reported but does not fail the installation: without
// dist/lib the command runs from source, and `npm test` is where a type error is a failure.

import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isLibraryCurrent, sourcesDigest, STAMP } from '../bin/sources.js'

const root = dirname(import.meta.dirname)
const preparing = process.argv.includes('--prepare')

/** The compiler's own script, or undefined in an installation without development packages. */
function compiler() {
  try {
    return createRequire(import.meta.url).resolve('typescript/bin/tsc')
  } catch {
    return undefined
  }
}

/** Exit status of the build; 0 when dist/lib is current afterwards. */
function build() {
  if (isLibraryCurrent(root)) return 0
  const tsc = compiler()
  if (tsc === undefined) {
    console.error('dist/lib cannot be built: typescript is not installed; install it with: npm ci --include=dev')
    return 1
  }
  const digest = sourcesDigest(root)
  rmSync(join(root, 'dist/lib'), { recursive: true, force: true })
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
  if (status === 0) writeFileSync(join(root, STAMP), digest)
  return status ?? 1
}

const status = build()
if (status !== 0 && preparing) console.error('dist/lib was not built; l2tpsim runs from source until `npm run build` succeeds')
process.exitCode = preparing ? 0 : status
