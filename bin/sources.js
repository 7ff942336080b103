// Tells whether dist/lib was compiled from the sources as they stand. The build leaves a digest of what it compiled; comparing
// contents instead of file times keeps the answer right across checkouts, copies and edits made during a build.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the build notes the digest of the sources it compiled, relative to the root. */
export const STAMP = 'dist/lib/.compiled-from'

/** Digest over names and contents of everything that decides what dist/lib contains. `root` is the folder of package.json. */
export function sourcesDigest(root) {
  const hash = createHash('sha256')
  for (const name of [...sourceNames(root), 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    const contents = readFileSync(join(root, name))
    hash.update(`${name}\0${String(contents.length)}\0`).update(contents)
  }
  return hash.digest('hex')
}

/** True when dist/lib is the compiled form of exactly these sources. */
export function isLibraryCurrent(root) {
  try {
    return readFileSync(join(root, STAMP), 'utf8') === sourcesDigest(root)
  } catch (error) {
    if (error.code === 'ENOENT') return false
    throw error
  }
}

/** Every TypeScript file under sim/, in an order that does not depend on the file system. */
function sourceNames(root) {
  const names = []
  const visit = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const name = `${folder}/${entry.name}`
      if (entry.isDirectory()) visit(name)
      else if (name.endsWith('.ts')) names.push(name)
    }
  }
  visit('sim')
  return names.sort()
}
