// Rules about the graph of imports: no cycles, nothing that nobody reaches, nothing exported for nobody.

import type { Module } from './repository-modules.ts'

/**
 * Every cycle of imports, once, as the chain of its files. Imports of types count too: two files that need each other's types
 * are one thing in two places, whatever the compiler leaves of them.
 */
export function importCycles(modules: readonly Module[]): readonly string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const done = new Set<string>()
  const chain: string[] = []
  const found: string[] = []
  const visit = (path: string): void => {
    const start = chain.indexOf(path)
    if (start >= 0) found.push(`import cycle: ${[...chain.slice(start), path].join(' > ')}`)
    if (start >= 0 || done.has(path)) return
    chain.push(path)
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== undefined) visit(target)
    chain.pop()
    done.add(path)
  }
  modules.forEach((module) => { visit(module.path) })
  return found
}

/** Every module that `concerns` us and that no module accepted by `isEntry` reaches. */
export function unreachedModules(
  modules: readonly Module[],
  isEntry: (path: string) => boolean,
  concerns: (path: string) => boolean,
): readonly string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]))
  const reached = new Set<string>()
  const queue = modules.map((module) => module.path).filter(isEntry)
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    for (const { target } of byPath.get(path)?.imports ?? []) if (target !== undefined) queue.push(target)
  }
  return modules
    .map((module) => module.path)
    .filter((path) => concerns(path) && !path.endsWith('.d.ts') && !reached.has(path))
    .map((path) => `${path}: reached from nowhere`)
}

/** Relative imports of files that do not exist. */
export function brokenImports(modules: readonly Module[], exists: (path: string) => boolean): readonly string[] {
  return modules.flatMap((module) =>
    module.imports
      .filter(({ target }) => target !== undefined && !exists(target))
      .map(({ specifier, line }) => `${module.path}:${line}: imports ${specifier}, which does not exist`),
  )
}

/**
 * Exports of modules that `concern` us and that no other module takes. A type is excused when its own file uses it: it is then
 * part of the signature of something that is taken.
 */
export function deadExports(modules: readonly Module[], concerns: (path: string) => boolean): readonly string[] {
  const taken = new Map<string, Set<string>>()
  for (const { imports } of modules) {
    for (const { target, names } of imports) {
      if (target === undefined) continue
      const known = taken.get(target) ?? new Set<string>()
      names.forEach((name) => known.add(name))
      taken.set(target, known)
    }
  }
  return modules.filter((module) => concerns(module.path)).flatMap((module) => {
    const names = taken.get(module.path)
    if (names?.has('*') === true) return []
    return module.exports
      .filter(({ name, type, usedHere }) => names?.has(name) !== true && !(type && usedHere))
      .map(({ name, line }) => `${module.path}:${line}: exports ${name}, which nobody imports`)
  })
}
