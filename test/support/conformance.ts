// The conformance matrix: which requirement of the catalogues is shown by which tests. Built from the catalogues, from what is declared
// out of scope (scope.yaml) and from the names of the tests that passed; a requirement is tested when a passed test has its id in its
// name. Written to docs/conformance.md by scripts/conformance.mjs.

import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { catalogue, type Requirement } from './catalogue.ts'

export type Status = 'tested' | 'failing' | 'out of scope' | 'not done'

/** A test as the runner reports it. */
export interface RanTest {
  /** Path from the root of the repository. */
  readonly file: string
  readonly name: string
  readonly passed: boolean
}

/** Requirements with these ids, or with ids that begin so (`R2661-4.4.6-*`), are not the simulator's business. */
export interface Exclusion {
  readonly ids: readonly string[]
  readonly why: string
}

export interface Entry {
  readonly requirement: Requirement
  readonly status: Status
  readonly tests: readonly RanTest[]
  /** Why it is out of scope; '' otherwise. */
  readonly why: string
}

export interface Matrix {
  readonly entries: ReadonlyMap<number, readonly Entry[]>
  /** What is wrong with names of tests and with scope.yaml. */
  readonly mistakes: readonly string[]
}

export const rfcs = [4951, 2661, 3931] as const
const ID = /\bR(?:2661|3931|4951)-[0-9A-Z.]+(?:-[0-9]+)?\b/g

/** Requirement ids in the name of a test. */
export const idsIn = (name: string): readonly string[] => [...new Set(name.match(ID) ?? [])]

export function readScope(): readonly Exclusion[] {
  const path = new URL('../conformance/scope.yaml', import.meta.url)
  return parse(readFileSync(path, 'utf8')) as readonly Exclusion[]
}

export function matrixOf(tests: readonly RanTest[], scope: readonly Exclusion[]): Matrix {
  const byId = new Map<string, RanTest[]>()
  for (const test of tests) for (const id of idsIn(test.name)) byId.set(id, [...(byId.get(id) ?? []), test])
  const entries = new Map(rfcs.map((rfc) => [rfc, catalogue(rfc).map((requirement) => entryOf(requirement, byId, scope))]))
  const known = new Set([...entries.values()].flatMap((list) => list.map(({ requirement }) => requirement.id)))
  const unknown = [...byId].filter(([id]) => !known.has(id))
  return {
    entries,
    mistakes: [
      ...unknown.map(([id, [first]]) => `${id}: no catalogue has it (${first?.file ?? ''}: ${first?.name ?? ''})`),
      ...scope.flatMap(({ ids }) => ids.filter((id) => ![...known].some((each) => covers(id, each))).map((id) => `scope.yaml: ${id} names nothing`)),
    ],
  }
}

function entryOf(requirement: Requirement, byId: ReadonlyMap<string, readonly RanTest[]>, scope: readonly Exclusion[]): Entry {
  const tests = byId.get(requirement.id) ?? []
  const exclusion = scope.find(({ ids }) => ids.some((id) => covers(id, requirement.id)))
  const status =
    tests.length === 0 ? (exclusion === undefined ? 'not done' : 'out of scope') : tests.every(({ passed }) => passed) ? 'tested' : 'failing'
  return { requirement, status, tests, why: status === 'out of scope' ? (exclusion?.why ?? '') : '' }
}

const covers = (pattern: string, id: string): boolean => (pattern.endsWith('*') ? id.startsWith(pattern.slice(0, -1)) : pattern === id)

/** What the matrix promises of an RFC: everything of RFC 4951 but MAY, and what the others demand or tabulate. */
export const isAimedAt = (rfc: number, { level, row }: Requirement): boolean =>
  rfc === 4951 ? level !== 'MAY' : level.startsWith('MUST') || row !== undefined

const STATUSES: readonly Status[] = ['tested', 'failing', 'out of scope', 'not done']

/** docs/conformance.md. */
export function conformanceDocument({ entries }: Matrix): string {
  const summary = rfcs.flatMap((rfc) => {
    const all = entries.get(rfc) ?? []
    const aimed = all.filter(({ requirement }) => isAimedAt(rfc, requirement))
    return [summaryRow(`RFC ${String(rfc)}, aimed at`, aimed), summaryRow(`RFC ${String(rfc)}, all`, all)]
  })
  return `${[
    '# Conformance',
    '',
    'Which requirement is shown by which tests. Written by `npm run conformance`, which runs the tests; do not edit. A requirement is *tested*',
    'when a test that has its id in its name passes. The texts are ours; the catalogues are in `test/conformance/catalogue/`, what is out of',
    'scope and why in `test/conformance/scope.yaml`. Aimed at are all entries of RFC 4951 but MAY, and of RFC 2661 and RFC 3931 every MUST,',
    'MUST NOT and row of a state table. That the tests would fail without the behaviour is shown by taking it away:',
    '[removals.md](removals.md).',
    '',
    `| | ${STATUSES.join(' | ')} | together |`,
    `|---|${STATUSES.map(() => '---:|').join('')}---:|`,
    ...summary,
    ...rfcs.flatMap((rfc) => chapter(rfc, entries.get(rfc) ?? [])),
  ].join('\n')}\n`
}

function summaryRow(title: string, entries: readonly Entry[]): string {
  const counts = STATUSES.map((status) => String(entries.filter((entry) => entry.status === status).length))
  return `| ${title} | ${counts.join(' | ')} | ${String(entries.length)} |`
}

function chapter(rfc: number, entries: readonly Entry[]): readonly string[] {
  const sections = [...new Set(entries.map(({ requirement }) => requirement.section))]
  return ['', `## RFC ${String(rfc)}`, ...sections.flatMap((section) => sectionOf(section, entries.filter((each) => each.requirement.section === section)))]
}

const sectionOf = (section: string, entries: readonly Entry[]): readonly string[] => [
  '',
  `### Section ${section}`,
  '',
  '| id | level | requirement | status | shown by |',
  '|---|---|---|---|---|',
  ...entries.map(({ requirement: { id, level, text }, status, tests, why }) => `| ${id} | ${level} | ${cell(text)} | ${status} | ${why === '' ? shownBy(tests) : cell(why)} |`),
]

/** By file, how many tests of it. */
function shownBy(tests: readonly RanTest[]): string {
  const counts = new Map<string, number>()
  for (const { file } of tests) counts.set(file, (counts.get(file) ?? 0) + 1)
  return [...counts].map(([file, count]) => `[${file.replace(/^test\//, '')}](../${file})${count === 1 ? '' : ` ×${String(count)}`}`).join(', ')
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim()

/** The status of each requirement that a document gives. */
export function statusesIn(document: string): ReadonlyMap<string, string> {
  const rows = [...document.matchAll(/^\| (R\d{4}-\S+) \|(?:[^|\\]|\\.)*\|(?:[^|\\]|\\.)*\| ([a-z ]+) \|/gm)]
  return new Map(rows.map(([, id, status]) => [id ?? '', status ?? '']))
}

/** What speaks against a matrix: mistakes, failing requirements, and those that `before` has as tested and that have lost their tests. */
export function objections(matrix: Matrix, before: string): readonly string[] {
  const earlier = statusesIn(before)
  const all = [...matrix.entries.values()].flat()
  return [
    ...matrix.mistakes,
    ...all.filter(({ status }) => status === 'failing').map(({ requirement, tests }) => `${requirement.id}: ${tests.find(({ passed }) => !passed)?.name ?? ''} fails`),
    ...all
      .filter(({ requirement, status }) => earlier.get(requirement.id) === 'tested' && (status === 'not done' || status === 'out of scope'))
      .map(({ requirement }) => `${requirement.id}: was tested, and no test has it in its name any more`),
  ]
}
