// The `l2tpsim` wrapper picks the compiled program or the sources: tried on a made-up checkout in a temporary folder.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '../../..')
let root = ''

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function node(...parts: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return spawnSync(process.execPath, parts, { cwd: root, encoding: 'utf8' })
}

const run = (...parts: readonly string[]): string => node(join(root, 'bin/l2tpsim.js'), ...parts).stdout.trim()

/** Notes that dist/lib is the compiled form of the sources as they stand, as the build does. */
function stamp(): void {
  const code = "const m = await import('./bin/sources.js'); process.stdout.write(m.STAMP + ' ' + m.sourcesDigest('.'))"
  const [path = '', digest = ''] = node('--input-type=module', '-e', code).stdout.split(' ')
  expect(digest).toMatch(/^[0-9a-f]{64}$/)
  write(path, digest)
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'l2tpsim-bin-'))
  cpSync(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'))
  for (const path of ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    cpSync(join(repository, path), join(root, path))
  }
  write('sim/cli/main.ts', "import { word } from '../word.ts'\nconsole.log(word, ...process.argv.slice(2))\n")
  write('sim/word.ts', "export const word: string = 'source'\n")
  write('dist/lib/cli/main.js', "console.log('compiled', ...process.argv.slice(2))\n")
})

afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

describe('l2tpsim', () => {
  test('runs the compiled program while it matches the sources', () => {
    stamp()
    expect(run('a', '--b')).toBe('compiled a --b')
  })

  test('runs the sources when nothing says what was compiled', () => {
    expect(run('a')).toBe('source a')
  })

  test('runs the sources after an edit, an addition, a removal and a renaming', () => {
    stamp()
    write('sim/word.ts', "export const word: string = 'edited'\n")
    expect(run()).toBe('edited')
    stamp()
    write('sim/net/more.ts', '')
    expect(run()).toBe('edited')
    stamp()
    renameSync(join(root, 'sim/net/more.ts'), join(root, 'sim/net/else.ts'))
    expect(run()).toBe('edited')
    stamp()
    rmSync(join(root, 'sim/net/else.ts'))
    expect(run()).toBe('edited')
  })

  test('goes back to the compiled program when an edit is undone', () => {
    stamp()
    write('sim/word.ts', "export const word: string = 'edited'\n")
    expect(run()).toBe('edited')
    write('sim/word.ts', "export const word: string = 'source'\n")
    expect(run()).toBe('compiled')
  })

  test('runs the compiled program of a package that ships without sources', () => {
    rmSync(join(root, 'sim'), { recursive: true })
    expect(run()).toBe('compiled')
  })

  test('says what to do when it can neither trust the compiled program nor run the sources', () => {
    rmSync(join(root, 'node_modules'))
    const outcome = node(join(root, 'bin/l2tpsim.js'))
    expect(outcome).toMatchObject({ status: 2, stdout: '' })
    expect(outcome.stderr).toContain('npm ci')
  })
})
