// Rules about the text of files: headers, words, layout, links, names, requirement ids.

import { posix } from 'node:path'
import { isCode, lineAt, type SourceFile } from './repository.ts'
import type { Module } from './repository-modules.ts'

const MAX_LINES = 500
/** In tests, where a line may hold a transcript or the name of a test, more than elsewhere. */
const maxColumns = (path: string): number => (path.startsWith('test/') ? 220 : 140)
const MAX_HEADER = 10

/** Code, scripts and scenarios open with one to ten lines of comment that say what the file is. */
export function headerProblems(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, text }) => {
    const hash = /\.(sh|yaml|yml)$/.test(path) || path === '.ci/run'
    if (!hash && !isCode(path)) return []
    const lines = text.split('\n')
    const body = lines.slice(lines[0]?.startsWith('#!') === true ? 1 : 0)
    const marks = hash ? /^#/ : /^(\/\/(?!\/)|\/\*| \*)/
    const end = body.findIndex((line) => !marks.test(line))
    const length = end < 0 ? body.length : end
    if (length === 0) return [`${path}:1: opens without a comment that says what it is`]
    return length > MAX_HEADER ? [`${path}:1: header comment of ${length} lines, at most ${MAX_HEADER}`] : []
  })
}

/** Written with a bracket in each word so that this file does not trip over itself. */
const ANYWHERE = /\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b/g
const IN_PROSE = /\b(for n[o]w|not (yet )?impl[e]mented|st[u]b(s|bed)?|t[e]mporary (solution|fix)|w[o]rkaround for us)\b/gi

/** Marks of unfinished work: capitals anywhere, phrases in comments and documents. */
export function unfinishedWords(files: readonly SourceFile[], modules: readonly Module[]): readonly string[] {
  const anywhere = files.flatMap((file) => matches(file, ANYWHERE).map(({ line, word }) => `${file.path}:${line}: ${word}`))
  const documents = files
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((file) => matches(file, IN_PROSE).map(({ line, word }) => `${file.path}:${line}: '${word}'`))
  const comments = modules.flatMap(({ path, comments }) =>
    comments.flatMap((comment) =>
      [...comment.text.matchAll(IN_PROSE)].map((match) => `${path}:${comment.line}: '${match[0]}' in a comment`),
    ),
  )
  return [...anywhere, ...documents, ...comments]
}

function matches({ text }: SourceFile, pattern: RegExp): readonly { readonly line: number; readonly word: string }[] {
  return [...text.matchAll(pattern)].map((match) => ({ line: lineAt(text, match.index), word: match[0] }))
}

/** Places that exist on one machine only, and the folder that stands beside the repository on some. */
const ELSEWHERE = /(?<![\w.~-])(\/(work|home|root|Users|mnt)\/[\w.-]+|[A-Z]:\\[\w\\]+)|\bsh[a]red\/[a-z]+/g

export function machinePaths(files: readonly SourceFile[]): readonly string[] {
  return files
    .flatMap((file) => matches(file, ELSEWHERE).map(({ line, word }) => `${file.path}:${line}: names ${word}, a place outside`))
}

/** Tests that do not run, or that keep others from running. */
export function disabledTests(modules: readonly Module[]): readonly string[] {
  const off = new Set(['skip', 'only', 'todo', 'fails', 'skipIf', 'runIf'])
  return modules.flatMap(({ path, testModifiers }) =>
    testModifiers.filter(({ text }) => off.has(text)).map(({ text, line }) => `${path}:${line}: test.${text}`),
  )
}

/** Lengths and the house style: no semicolons, single quotes, no tabs, nothing after the last character of a line. */
export function layoutProblems(files: readonly SourceFile[], modules: readonly Module[]): readonly string[] {
  const style = modules.flatMap(({ path, semicolons, doubleQuotes }) => [
    ...semicolons.map((line) => `${path}:${line}: semicolon`),
    ...doubleQuotes.map((line) => `${path}:${line}: double quotes`),
  ])
  return [...files.flatMap(textLayout), ...style]
}

function textLayout({ path, text }: SourceFile): readonly string[] {
  const lines = text.split('\n')
  const problems = lines.flatMap((line, i) => {
    if (/[ \t]$/.test(line)) return [`${path}:${i + 1}: white space at the end of the line`]
    if (line.includes('\t')) return [`${path}:${i + 1}: tab`]
    const most = maxColumns(path)
    return isCode(path) && line.length > most ? [`${path}:${i + 1}: ${line.length} columns, at most ${most}`] : []
  })
  if (!text.endsWith('\n')) problems.push(`${path}: no newline at the end`)
  if (isCode(path) && lines.length - 1 > MAX_LINES) problems.push(`${path}: ${lines.length - 1} lines, at most ${MAX_LINES}`)
  return problems
}

/** Names that say nothing about what is inside. */
const EMPTY_NAME = /^(utils?|helpers?|types?|managers?|services?|impl|common|misc)$/

export function emptyNames(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path }) =>
    path
      .split('/')
      .map((part) => part.replace(/\..*$/, ''))
      .filter((part) => EMPTY_NAME.test(part))
      .map((part) => `${path}: '${part}' says nothing about what is inside`),
  )
}

/** Relative links of Markdown documents that lead nowhere. `exists` knows files and folders. */
export function brokenLinks(files: readonly SourceFile[], exists: (path: string) => boolean): readonly string[] {
  return files
    .filter((file) => file.path.endsWith('.md'))
    .flatMap((file) =>
      [...file.text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap((match) => {
        const target = (match[1] ?? '').replace(/#.*$/, '')
        if (target === '' || /^[a-z]+:/.test(target)) return []
        const path = posix.join(posix.dirname(file.path), target).replace(/\/$/, '')
        return exists(path) ? [] : [`${file.path}:${lineAt(file.text, match.index)}: link to ${target} leads nowhere`]
      }),
    )
}

const REQUIREMENT = /\bR(2661|3931|4951)-[0-9A-Z]+(\.[0-9]+)*-[0-9]+\b/g
const CATALOGUE = 'test/conformance/catalogue/'

/** Requirement ids cited anywhere, in the names of tests or elsewhere, that no catalogue has. */
export function unknownRequirements(files: readonly SourceFile[]): readonly string[] {
  const known = new Set(
    files
      .filter((file) => file.path.startsWith(CATALOGUE))
      .flatMap((file) => [...file.text.matchAll(/^- id: (\S+)$/gm)].map((match) => match[1])),
  )
  return files
    .filter((file) => !file.path.startsWith(CATALOGUE))
    .flatMap((file) =>
      matches(file, REQUIREMENT)
        .filter(({ word }) => !known.has(word))
        .map(({ line, word }) => `${file.path}:${line}: ${word} is in no catalogue`),
    )
}

/** Scripts of package.json that the README does not mention. */
export function unmentionedScripts(files: readonly SourceFile[]): readonly string[] {
  const text = (path: string): string => files.find((file) => file.path === path)?.text ?? ''
  const { scripts } = JSON.parse(text('package.json')) as { readonly scripts: Readonly<Record<string, string>> }
  const readme = text('README.md')
  return Object.keys(scripts)
    .filter((name) => !readme.includes(['start', 'test'].includes(name) ? `npm ${name}` : `npm run ${name}`))
    .map((name) => `README.md: does not mention the script '${name}'`)
}

/** The version of package.json without an entry in the changelog. */
export function unlistedVersion(files: readonly SourceFile[]): readonly string[] {
  const text = (path: string): string => files.find((file) => file.path === path)?.text ?? ''
  const { version } = JSON.parse(text('package.json')) as { readonly version: string }
  return text('CHANGELOG.md').includes(`## ${version}`) ? [] : [`CHANGELOG.md: no entry for ${version}`]
}
