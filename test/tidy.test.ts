// The repository's own rules as tests: first each rule on a small made-up tree, then all of them on this repository.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { brokenImports, deadExports, importCycles, unreachedModules } from './support/repository-graph.ts'
import { layeringProblems, layers, type Layer } from './support/repository-layers.ts'
import { parseModules } from './support/repository-modules.ts'
import {
  brokenLinks,
  disabledTests,
  emptyNames,
  headerProblems,
  layoutProblems,
  machinePaths,
  unfinishedWords,
  unknownRequirements,
  unlistedVersion,
  unmentionedScripts,
} from './support/repository-text.ts'
import { repositoryFiles, type SourceFile } from './support/repository.ts'

/** A tree from paths and contents. */
function tree(contents: Readonly<Record<string, string>>): readonly SourceFile[] {
  return Object.entries(contents).map(([path, text]) => ({ path, text }))
}

function modules(contents: Readonly<Record<string, string>>): ReturnType<typeof parseModules> {
  return parseModules(tree(contents))
}

describe('reading a module', () => {
  test('imports of every form are seen with their names and targets', () => {
    const [module] = modules({
      'sim/run/a.ts': [
        "import { b, type C as D } from '../base/b.ts'",
        "import type { E } from './e.ts'",
        "import * as f from './f.ts'",
        "export { g } from './g.ts'",
        "export * from './h.ts'",
        "type I = import('./i.ts').I",
        "const j = await import('./j.ts')",
        "import 'k'",
      ].join('\n'),
    })
    expect(module?.imports.map(({ target, names, typeOnly }) => [target, names.join(), typeOnly])).toEqual([
      ['sim/base/b.ts', 'b,C', false],
      ['sim/run/e.ts', 'E', true],
      ['sim/run/f.ts', '*', false],
      ['sim/run/g.ts', 'g', false],
      ['sim/run/h.ts', '*', false],
      [undefined, '', false],
      ['sim/run/i.ts', 'I', true],
      ['sim/run/j.ts', '*', false],
    ])
  })

  test('a comment is told from text that looks like one', () => {
    const [module] = modules({
      'a.ts': [
        "const a = 'no // comment'",
        'const b = `no ${a} // comment` // one',
        'const c = /[/*"]\\/\\*/.test(a) // two',
        'const d = 6 / 3 / 1 /* three */',
      ].join('\n'),
    })
    expect(module?.comments).toEqual([
      { text: '// one', line: 2 },
      { text: '// two', line: 3 },
      { text: '/* three */', line: 4 },
    ])
  })
})

describe('layering', () => {
  const table: Readonly<Record<string, Layer>> = {
    'sim/base': { ours: [], packages: [] },
    'sim/l2tp': { ours: ['sim/base'], packages: ['@noble/hashes'] },
    'sim/l2tp/wire': { ours: ['sim/base'], packages: [] },
    'sim/cli': { ours: ['sim/base', 'sim/l2tp'], packages: ['node:*'] },
  }
  const allowed = (path: string, specifier: string): boolean =>
    layeringProblems(modules({ [path]: `import { x } from '${specifier}'` }), table).length === 0

  test.each([
    ['sim/l2tp/a.ts', '../base/b.ts', true],
    ['sim/l2tp/a.ts', './wire/b.ts', true],
    ['sim/l2tp/a.ts', '@noble/hashes/legacy.js', true],
    ['sim/l2tp/wire/a.ts', '../a.ts', false],
    ['sim/base/a.ts', '../l2tp/b.ts', false],
    ['sim/base/a.ts', 'node:fs', false],
    ['sim/cli/a.ts', 'node:fs', true],
    ['sim/cli/a.ts', '../l2tp/wire/b.ts', true],
    ['sim/cli/a.ts', '../kernel/b.ts', false],
    ['sim/cli/a.ts', '../../package.json', false],
  ])('%s importing %s: %s', (path, specifier, expected) => {
    expect(allowed(path, specifier)).toBe(expected)
  })

  test('types are held to it as well', () => {
    expect(layeringProblems(modules({ 'sim/base/a.ts': "import type { X } from '../l2tp/b.ts'" }), table)).toHaveLength(1)
  })

  test('a file in no layer is reported', () => {
    expect(layeringProblems(modules({ 'sim/other/a.ts': '' }), table)).toEqual(['sim/other/a.ts: stands in no layer'])
  })
})

describe('the graph of imports', () => {
  test('a cycle is reported once, through types too', () => {
    const found = importCycles(
      modules({ 'a.ts': "import { b } from './b.ts'", 'b.ts': "import type { C } from './c.ts'", 'c.ts': "import './a.ts'" }),
    )
    expect(found).toEqual(['import cycle: a.ts > b.ts > c.ts > a.ts'])
  })

  test('two ways to one file are no cycle', () => {
    const files = modules({ 'a.ts': "import './b.ts'\nimport './c.ts'", 'b.ts': "import './c.ts'", 'c.ts': '' })
    expect(importCycles(files)).toEqual([])
  })

  test('what no entry reaches is reported', () => {
    const files = modules({ 'sim/main.ts': "import './a.ts'", 'sim/a.ts': '', 'sim/b.ts': "import './a.ts'" })
    expect(unreachedModules(files, (path) => path === 'sim/main.ts', () => true)).toEqual(['sim/b.ts: reached from nowhere'])
  })

  test('an import of a missing file is reported', () => {
    const files = modules({ 'a.ts': "import './b.ts'\nimport 'vitest'", 'b.ts': "import './c.ts'" })
    expect(brokenImports(files, (path) => ['a.ts', 'b.ts'].includes(path))).toEqual([
      'b.ts:1: imports ./c.ts, which does not exist',
    ])
  })

  test('an export nobody takes is reported, unless it is a type in the signature of another', () => {
    const files = modules({
      'a.ts': [
        'export const taken = 1',
        'export const dead = 2',
        'export interface Options { n: number }',
        'export interface Lost { n: number }',
        'export function alsoTaken(o: Options): void {}',
        'const inner = 1',
        'export { inner as renamed }',
      ].join('\n'),
      'b.ts': "import { taken, alsoTaken } from './a.ts'",
    })
    expect(deadExports(files, (path) => path === 'a.ts').map((problem) => problem.split(',')[0])).toEqual([
      'a.ts:2: exports dead',
      'a.ts:4: exports Lost',
      'a.ts:7: exports renamed',
    ])
  })

  test('a file taken whole has no dead export', () => {
    const files = modules({ 'a.ts': 'export const dead = 2', 'b.ts': "export * from './a.ts'" })
    expect(deadExports(files, (path) => path === 'a.ts')).toEqual([])
  })
})

describe('the text of files', () => {
  test('a header comment is wanted in code, scripts and scenarios, and has an end', () => {
    const files = tree({
      'a.ts': '// What it is.\n\nconst a = 1\n',
      'b.ts': 'const b = 1\n',
      'c.sh': '#!/bin/sh\n# What it is.\n',
      'd.sh': '#!/bin/sh\nexit\n',
      'e.ts': '// line\n'.repeat(11),
      'f.yaml': 'title: x\n',
      'g.json': '{}\n',
    })
    expect(headerProblems(files).map((problem) => problem.slice(0, 4))).toEqual(['b.ts', 'd.sh', 'e.ts', 'f.ya'])
  })

  test('marks of unfinished work are found where they are words, not where they are code', () => {
    const todo = ['TO', 'DO'].join('')
    const forNow = ['for', 'now'].join(' ')
    const stub = ['st', 'ub'].join('')
    const files = tree({
      'a.ts': `const a = vi.${stub}Global('x', 1) // ${todo}: more\n`,
      'b.ts': `// good enough ${forNow}\nconst b = '${forNow}'\n// a ${stub}`,
      'c.md': `This is a ${stub}.\n`,
      'd.ts': `const ${todo}S = ['${stub}']\n`,
    })
    expect(unfinishedWords(files, parseModules(files)).map((problem) => problem.slice(0, 6))).toEqual([
      'a.ts:1',
      'c.md:1',
      'b.ts:1',
      'b.ts:3',
    ])
  })

  test('a path of one machine is found, a relative one is not', () => {
    const home = ['', 'home', 'someone'].join('/')
    const files = tree({
      'a.md': `see ${home}/x`,
      'b.md': 'see ../work/list.md and web/home/page.ts',
      'c.md': 'https://example.org/home/x',
    })
    expect(machinePaths(files).map((problem) => problem.slice(0, 4))).toEqual(['a.md'])
  })

  test('a disabled test is found in every form', () => {
    const [only, skip, each] = ['only', 'skip', 'each'].map((modifier) => `test.${modifier}`)
    const source = `${only}('a', f)\n${skip}.each([1])('b', f)\n${each}([1])('c', f)\ndescribe.concurrent('d', f)\nlist.skip(1)`
    const found = disabledTests(modules({ 'a.test.ts': source }))
    expect(found.map((problem) => problem.split(': ')[1])).toEqual(['test.only', 'test.skip'])
  })

  test('layout: length of lines and files, white space, semicolons and quotes', () => {
    const long = `// ${'x'.repeat(140)}`
    const files = tree({
      'a.ts': `${long}\nconst a = 1 \n\tconst b = 2\nconst c = "c";\nconst d = "it's"\nfor (;;) d()\n;[d] = [c]`,
      'b.ts': '// line\n'.repeat(501),
      'c.md': `${long}\n`,
    })
    expect(layoutProblems(files, parseModules(files))).toEqual([
      'a.ts:1: 143 columns, at most 140',
      'a.ts:2: white space at the end of the line',
      'a.ts:3: tab',
      'a.ts: no newline at the end',
      'b.ts: 501 lines, at most 500',
      'a.ts:4: semicolon',
      'a.ts:4: double quotes',
    ])
  })

  test('a name that says nothing is found in files and folders', () => {
    const files = tree({ 'sim/utils.ts': '', 'sim/helpers/a.ts': '', 'sim/net/link.ts': '', 'sim/type-names.ts': '' })
    expect(emptyNames(files).map((problem) => problem.split(':')[0])).toEqual(['sim/utils.ts', 'sim/helpers/a.ts'])
  })

  test('a link that leads nowhere is found', () => {
    const files = tree({ 'docs/a.md': '[a](b.md) [b](../sim/c.ts#L1) [c](https://example.org) [d](#here) [e](gone.md)\n' })
    const exists = (path: string): boolean => ['docs/b.md', 'sim/c.ts'].includes(path)
    expect(brokenLinks(files, exists)).toEqual(['docs/a.md:1: link to gone.md leads nowhere'])
  })

  test('a requirement id that no catalogue has is found', () => {
    const known = 'R4951-3.2.1-05'
    const unknown = known.replace('05', '99')
    const files = tree({
      'test/conformance/catalogue/rfc4951.yaml': `- id: ${known}\n`,
      'test/a.test.ts': `test('${known}')\ntest('${unknown}')\n`,
    })
    expect(unknownRequirements(files)).toEqual([`test/a.test.ts:2: ${unknown} is in no catalogue`])
  })

  test('a script or version that the documents forget is found', () => {
    const files = tree({
      'package.json': JSON.stringify({ version: '1.2.3', scripts: { start: '', test: '', lint: '', bench: '' } }),
      'README.md': 'npm start, npm test, npm run lint',
      'CHANGELOG.md': '## 1.2.2\n',
    })
    expect(unmentionedScripts(files)).toEqual(["README.md: does not mention the script 'bench'"])
    expect(unlistedVersion(files)).toEqual(['CHANGELOG.md: no entry for 1.2.3'])
  })
})

describe('this repository', () => {
  const root = join(import.meta.dirname, '..')
  const files = repositoryFiles(root)
  const parsed = parseModules(files)
  const exists = (path: string): boolean => existsSync(join(root, path))
  const isEntry = (path: string): boolean =>
    ['sim/index.ts', 'sim/cli/main.ts', 'web/main.ts'].includes(path) || /^(bench|scripts)\//.test(path)
  const isTest = (path: string): boolean => path.endsWith('.test.ts')

  test('was read', () => {
    expect(parsed.map((module) => module.path)).toEqual(expect.arrayContaining(['sim/base/time.ts', 'test/tidy.test.ts']))
  })

  test('imports go only where the layering table allows', () => {
    expect(layeringProblems(parsed, layers)).toEqual([])
  })

  test('imports lead to files, and never in a circle', () => {
    expect([...brokenImports(parsed, exists), ...importCycles(parsed)]).toEqual([])
  })

  test('every file is reached from an entry, test support from a test', () => {
    const dead = unreachedModules(parsed, isEntry, (path) => /^(sim|web)\//.test(path))
    const deadSupport = unreachedModules(parsed, isTest, (path) => path.startsWith('test/') && !isTest(path))
    expect([...dead, ...deadSupport]).toEqual([])
  })

  test('every export is imported somewhere', () => {
    const entries = (path: string): boolean => ['sim/index.ts', 'sim/cli/main.ts', 'web/main.ts'].includes(path)
    expect(deadExports(parsed, (path) => /^(sim|web|test)\//.test(path) && !entries(path))).toEqual([])
  })

  test('every file says what it is', () => {
    expect(headerProblems(files)).toEqual([])
  })

  test('nothing is marked as unfinished, switched off, or tied to one machine', () => {
    expect([...unfinishedWords(files, parsed), ...disabledTests(parsed), ...machinePaths(files)]).toEqual([])
  })

  test('files keep the house style and names say something', () => {
    expect([...layoutProblems(files, parsed), ...emptyNames(files)]).toEqual([])
  })

  test('every requirement id cited exists in the catalogue', () => {
    expect(unknownRequirements(files)).toEqual([])
  })

  test('the documents mention every script and this version, and their links lead somewhere', () => {
    expect([...unmentionedScripts(files), ...unlistedVersion(files), ...brokenLinks(files, exists)]).toEqual([])
  })
})
