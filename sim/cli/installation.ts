// Where the program is installed and what ships with it: the package's folder and its scenarios.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { byReadingOrder, scenarioFolders } from '../scenario/reading-order.ts'

/** Folder of the package: the nearest one above this file that has a package.json. */
export const packageFolder = folderOf('package.json', dirname(fileURLToPath(import.meta.url)))

function folderOf(file: string, from: string): string {
  if (existsSync(join(from, file)) || dirname(from) === from) return from
  return folderOf(file, dirname(from))
}

export interface ShippedScenario {
  /** `failover/lns-control-failure`. */
  readonly name: string
  readonly path: string
}

/** The scenarios that ship, in the order in which to read them. */
export function shippedScenarios(): readonly ShippedScenario[] {
  const root = join(packageFolder, 'scenarios')
  const files = existsSync(root) ? readdirSync(root, { recursive: true, encoding: 'utf8' }) : []
  return files
    .filter((file) => /\.ya?ml$/.test(file) && scenarioFolders.includes(file.split(sep)[0] ?? ''))
    .map((file) => ({
      name: file
        .replace(/\.ya?ml$/, '')
        .split(sep)
        .join('/'),
      path: join(root, file),
    }))
    .sort((a, b) => byReadingOrder(a.name, b.name))
}

/** A path as a user would type it: relative when that is shorter. */
export function shortPath(path: string): string {
  const short = relative(process.cwd(), path)
  return short.length < path.length && !short.startsWith('..') ? short : path
}

/** Text of a file; undefined with the reason when it cannot be read. */
export function readText(path: string): { readonly text: string } | { readonly error: NodeJS.ErrnoException } {
  try {
    return { text: readFileSync(path, 'utf8') }
  } catch (error) {
    return { error: error as NodeJS.ErrnoException }
  }
}
