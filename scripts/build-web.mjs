// Builds the explorer to dist/web, unless that is already made from these very sources. The build goes to a folder of its own first, so
// that whoever reads dist/web meanwhile finds it whole, and several builds at once do no harm. With --prepare (npm runs it after
// `npm ci`) a failure is reported but does not fail the installation.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = dirname(import.meta.dirname)
const target = join(root, 'dist/web')
const STAMP = '.built-from'

/** Every file that decides what the page contains, in an order that does not depend on the file system. */
function sources() {
  const names = ['index.html', 'vite.config.ts', 'package-lock.json', 'tsconfig.json']
  const visit = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(name)
      else names.push(name)
    }
  }
  for (const folder of ['web', 'scenarios', 'sim']) visit(folder)
  return names.sort()
}

function digest() {
  const hash = createHash('sha256')
  for (const name of sources()) {
    const contents = readFileSync(join(root, name))
    hash.update(`${name}\0${String(contents.length)}\0`).update(contents)
  }
  return hash.digest('hex')
}

function stamp() {
  const file = join(target, STAMP)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

/** Moves a finished build into place; the one that was there goes away only after that. */
function install(fresh) {
  const old = `${fresh}.old`
  if (existsSync(target)) renameSync(target, old)
  try {
    renameSync(fresh, target)
  } catch (error) {
    // Another build was faster; its result is as good.
    if (!existsSync(join(target, 'index.html'))) throw error
    rmSync(fresh, { recursive: true, force: true })
  }
  rmSync(old, { recursive: true, force: true })
}

/** Builds when needed. Rejects when the page cannot be built. */
export async function buildWeb() {
  const wanted = digest()
  if (stamp() === wanted) return
  const { build } = await import('vite')
  const fresh = join(root, `dist/.web-${String(process.pid)}-${String(Date.now())}`)
  mkdirSync(dirname(fresh), { recursive: true })
  await build({ root, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } })
  writeFileSync(join(fresh, STAMP), wanted)
  install(fresh)
}

if (process.argv[1] === import.meta.filename) {
  try {
    await buildWeb()
  } catch (error) {
    console.error(`dist/web was not built: ${error.message}`)
    process.exitCode = process.argv.includes('--prepare') ? 0 : 1
  }
}
