// The repository as data: every text file that belongs to it, with its contents. The rules in the files beside this one take such
// a list and return problems, so that they can be tried on small made-up trees.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface SourceFile {
  /** Relative to the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** Files and folders that are made, not written. */
const MADE = new Set(['.git', 'node_modules', 'dist', 'coverage', 'package-lock.json'])

const TEXT = /(\.(ts|tsx|js|mjs|json|yaml|yml|md|html|css|lua|sh|editorconfig|gitignore|npmrc)|LICENSE|\.ci\/run)$/

/** All text files below `root`, in order of path. */
export function repositoryFiles(root: string): readonly SourceFile[] {
  const paths: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (MADE.has(entry.name)) continue
      if (entry.isDirectory()) visit(path)
      else if (entry.isFile() && TEXT.test(path)) paths.push(path)
    }
  }
  visit('')
  return paths.sort().map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/** Files written in TypeScript or JavaScript. */
export function isCode(path: string): boolean {
  return /\.(ts|tsx|js|mjs)$/.test(path)
}

/** 1-based number of the line that holds `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1
  for (let i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) line++
  return line
}
