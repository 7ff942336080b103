// Which folder may import what: the arrows of docs/ARCHITECTURE.md as a literal, and the check of every import against it.

import type { Module } from './repository-modules.ts'

export interface Layer {
  /** Folders of ours it may import, beside itself. */
  readonly ours: readonly string[]
  /** Packages it may import; `node:*` stands for all of Node's own, `*` for any. */
  readonly packages: readonly string[]
}

const PURE = [
  'sim/base', 'sim/trace', 'sim/kernel', 'sim/net', 'sim/l2tp', 'sim/endpoint', 'sim/scenario', 'sim/run', 'sim/hunt', 'sim/sweep', 'sim/explore',
] as const

/** What studies use beyond the rest of the command line: queues and tables. */
const SWEEPS = ['bullmq', 'ioredis', '@duckdb/node-api', 'hyparquet-writer'] as const

/** Longest matching prefix of a path decides. What is not listed may not exist. */
export const layers: Readonly<Record<string, Layer>> = {
  'sim/base': { ours: [], packages: ['@noble/hashes'] },
  'sim/trace': { ours: ['sim/base'], packages: ['@noble/hashes'] },
  'sim/kernel': { ours: ['sim/base'], packages: ['@noble/hashes', 'seedrandom'] },
  'sim/net': { ours: ['sim/base', 'sim/kernel', 'sim/trace'], packages: [] },
  'sim/l2tp': { ours: ['sim/base'], packages: ['@noble/hashes'] },
  'sim/l2tp/wire': { ours: ['sim/base'], packages: ['@noble/hashes'] },
  'sim/endpoint': { ours: ['sim/base', 'sim/kernel', 'sim/trace', 'sim/net', 'sim/l2tp'], packages: [] },
  'sim/scenario': {
    ours: ['sim/base', 'sim/kernel', 'sim/trace', 'sim/net', 'sim/l2tp', 'sim/endpoint'],
    packages: ['yaml', 'zod'],
  },
  'sim/run': {
    ours: ['sim/base', 'sim/kernel', 'sim/trace', 'sim/net', 'sim/l2tp', 'sim/endpoint', 'sim/scenario'],
    packages: [],
  },
  'sim/hunt': {
    ours: ['sim/base', 'sim/trace', 'sim/kernel', 'sim/l2tp', 'sim/scenario', 'sim/run'],
    packages: ['yaml', 'zod'],
  },
  'sim/sweep': { ours: ['sim/base', 'sim/kernel', 'sim/trace', 'sim/scenario', 'sim/run'], packages: ['zod'] },
  'sim/explore': {
    ours: ['sim/base', 'sim/kernel', 'sim/trace', 'sim/net', 'sim/l2tp', 'sim/endpoint', 'sim/scenario', 'sim/run', 'sim/hunt'],
    packages: [],
  },
  'sim/index.ts': { ours: PURE, packages: [] },
  'sim/cli': { ours: [...PURE, 'sim/index.ts'], packages: ['node:*', 'commander', 'cli-progress', 'picocolors', 'tsx', ...SWEEPS] },
  web: { ours: ['sim/base', 'sim/trace', 'sim/l2tp', 'sim/scenario', 'sim/run', 'sim/hunt', 'sim/sweep', 'scenarios'], packages: ['d3', 'preact', '@preact/signals', '@dagrejs/dagre'] },
  bench: { ours: [...PURE, 'sim/index.ts', 'sim/cli', 'scenarios'], packages: ['*'] },
  bin: { ours: [], packages: ['node:*', 'tsx'] },
  scripts: { ours: [...PURE, 'sim/index.ts', 'bin', 'test/support', 'sim/cli'], packages: ['*'] },
  test: { ours: [...PURE, 'sim/index.ts', 'sim/cli', 'web', 'bench', 'bin', 'scripts'], packages: ['*'] },
  'eslint.config.js': { ours: [], packages: ['*'] },
  'vite.config.ts': { ours: [], packages: ['*'] },
  'vitest.config.ts': { ours: [], packages: ['*'] },
}

/** Every import that the table does not allow, and every file that stands in no layer. */
export function layeringProblems(modules: readonly Module[], table: Readonly<Record<string, Layer>>): readonly string[] {
  return modules.flatMap((module) => {
    const own = Object.keys(table)
      .filter((prefix) => isWithin(module.path, prefix))
      .reduce((longest, prefix) => (prefix.length > longest.length ? prefix : longest), '')
    const layer = table[own]
    if (layer === undefined) return [`${module.path}: stands in no layer`]
    const reachable = [own, ...layer.ours]
    return module.imports
      .filter(({ specifier, target }) =>
        target === undefined
          ? !layer.packages.includes('*') && !layer.packages.includes(packageOf(specifier))
          : !reachable.some((prefix) => isWithin(target, prefix)),
      )
      .map(({ specifier, line }) => `${module.path}:${line}: ${own} may not import ${specifier}`)
  })
}

function isWithin(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

function packageOf(specifier: string): string {
  if (specifier.startsWith('node:')) return 'node:*'
  const parts = specifier.split('/')
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
}
