// Reads scenarios: YAML or JSON text, with `--set` options, to a complete scenario or to all its mistakes with their places.

import { assert } from '../base/assert.ts'
import { checkEndpoints } from './check-endpoints.ts'
import { checkExpectations, checkFaults } from './check-faults.ts'
import { checkTopology } from './check-topology.ts'
import type { Judged } from './judged.ts'
import { type Mistake, explain } from './mistake.ts'
import { type Data, normalised, withoutNulls } from './normalise.ts'
import { type Override, overridden } from './override.ts'
import { type Path, isMap, startsWith } from './path.ts'
import { type Remains, pathInFile, untouched, without } from './remains.ts'
import { type Scenario, scenarioFileSchema, scenarioSchema } from './schema.ts'
import { type Shape, shapeOf } from './shape.ts'
import { type Issue, type Source, openSource, origins, placed, syntaxIssues } from './source.ts'

export type { Issue } from './source.ts'
export { formatIssues } from './source.ts'
export type { Override } from './override.ts'

export type ParseResult =
  | { readonly ok: true; readonly scenario: Scenario }
  /** In the order of the text, then of the options; never empty. */
  | { readonly ok: false; readonly issues: readonly Issue[] }

export interface ParseOptions {
  /** Names that `expect` may use; any when left out. */
  readonly knownMetrics?: readonly string[]
}

/** Reads `text`, YAML or JSON. `fileName` is for messages and, without folder and extension, for a scenario without a name. */
export function parseScenario(
  text: string,
  fileName: string,
  overrides: readonly Override[] = [],
  options: ParseOptions = {},
): ParseResult {
  const source = openSource(text, fileName)
  const syntax = syntaxIssues(source)
  const content = syntax.length === 0 ? contentOf(source) : { ok: false as const, issues: syntax }
  if (!content.ok) return content
  return read(content.data, { title: titleOf(fileName), source, overrides, options })
}

/** As `parseScenario`, for the part of a larger text at the key `key`: mistakes are placed in the whole text. */
export function parseScenarioAt(source: Source, key: string, title: string, options: ParseOptions = {}): ParseResult {
  const { document } = source
  const part = document.clone() as Source['document']
  part.contents = document.get(key, true) as never
  const content = (document.toJS() as Readonly<Record<string, unknown>>)[key]
  return read(content, { title, source: { ...source, document: part }, overrides: [], options })
}

/** As `parseScenario`, for plain data of the same form; issues have paths but neither line nor frame. */
export function parseScenarioData(data: unknown, title: string, options: ParseOptions = {}): ParseResult {
  return read(data, { title, source: undefined, overrides: [], options })
}

type Content = { readonly ok: true; readonly data: unknown } | { readonly ok: false; readonly issues: readonly Issue[] }

/** Aliases that refer to each other in masses are refused here. */
function contentOf(source: Source): Content {
  try {
    return { ok: true, data: source.document.toJS() }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { ok: false, issues: placed([{ path: [], at: 'value', message }], [source]) }
  }
}

function titleOf(fileName: string): string {
  const base = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1)
  const title = base.replace(/\.(ya?ml|json)$/i, '')
  return title === '' || title === '-' ? 'scenario' : title
}

interface Reading {
  readonly title: string
  readonly source: Source | undefined
  readonly overrides: readonly Override[]
  readonly options: ParseOptions
}

function read(content: unknown, { title, source, overrides, options }: Reading): ParseResult {
  const shape = shapeOf(scenarioFileSchema)
  const file = source === undefined ? [] : [source]
  if (!isMap(content)) return { ok: false, issues: placed([notAMap(content)], file) }
  const written = withoutNulls(shape, content) as Data
  const set = overridden(written, overrides, shape)
  const data = overrides.length === 0 ? written : (withoutNulls(shape, set.data) as Data)
  const { scenario, mistakes } = judge(data, { shape, title, options })
  const issues = [...placed(mistakes, [...file, ...set.sources]), ...set.issues]
  return scenario === undefined || issues.length > 0 ? { ok: false, issues } : { ok: true, scenario }
}

function notAMap(content: unknown): Mistake {
  const message = content === null || content === undefined ? 'there is nothing here' : 'a scenario is a map of fields'
  return { path: [], at: 'value', message, expected: 'fields such as `endpoints`, `links` and `tunnels`' }
}

interface Judgement {
  readonly scenario: Scenario | undefined
  readonly mistakes: readonly Mistake[]
}

interface Judging {
  readonly shape: Shape
  readonly title: string
  readonly options: ParseOptions
}

/** Each round takes something away or mends it for good; a handful is enough for any file. */
const MOST_ROUNDS = 50

/** Mistakes of single fields, and, in what remains when they are mended or cut out, of fields with each other. */
function judge(data: Data, { shape, title, options }: Judging): Judgement {
  let remains = untouched(data)
  const mistakes: Mistake[] = []
  let found = mistakesIn(data, shape)
  for (let round = 0; found.length > 0; round++) {
    const { mended, cut } = remains
    const isNews = ({ path }: Mistake): boolean => ![...mended, ...cut].some((known) => startsWith(known, path))
    mistakes.push(...found.map((mistake) => ({ ...mistake, path: pathInFile(remains, mistake.path) })).filter(isNews))
    if (found.some(({ path }) => path.length === 0) || round === MOST_ROUNDS) return { scenario: undefined, mistakes }
    remains = without(remains, found)
    found = mistakesIn(remains.data, shape)
  }
  const scenario = scenarioSchema.parse(normalised(remains.data, title)) as Scenario
  return { scenario, mistakes: [...mistakes, ...checked(scenario, remains, options)] }
}

function mistakesIn(data: Data, shape: Shape): readonly Mistake[] {
  const result = scenarioFileSchema.safeParse(data)
  if (result.success) return []
  const mistakes = explain(result.error.issues, { data, shape })
  assert(mistakes.length > 0, `unexplained: ${result.error.message}`)
  return mistakes
}

/** Mistakes that lie between fields, but for those judged from something that had to be cut out. */
function checked(scenario: Scenario, remains: Remains, { knownMetrics }: ParseOptions): readonly Mistake[] {
  const mistakes: Mistake[] = []
  const { lostEndpoints, cut } = remains
  const isGone = (path: Path): boolean =>
    origins(pathInFile(remains, path)).some((origin) => cut.some((gone) => startsWith(gone, origin) || startsWith(origin, gone)))
  const lists = cut.filter(([, index], i) => typeof index === 'number' ? cut[i]?.length === 2 : cut[i]?.length === 1)
  const judged: Judged = {
    scenario,
    lostEndpoints,
    lost: new Set(lists.map(([list]) => String(list))),
    knownMetrics,
    report: (path, message, { about = [], ...more } = {}) => {
      const own = pathInFile(remains, path)
      const isCut = origins(own).some((origin) => cut.some((gone) => startsWith(origin, gone)))
      if (!isCut && !about.some(isGone)) mistakes.push({ at: 'value', ...more, path: own, message })
    },
  }
  checkEndpoints(judged)
  checkFaults(judged, checkTopology(judged))
  checkExpectations(judged)
  return mistakes
}
