// What remains of a scenario when its mistakes are mended as they were most likely meant, or else cut out: read on, it shows the
// mistakes that the first ones hide, so that a user sees all at once. Nothing of it is ever run.

import type { Mistake } from './mistake.ts'
import type { Data } from './normalise.ts'
import { type Path, isMap, startsWith, valueAt } from './path.ts'

/** Lists whose elements are judged one by one, so that one bad element does not hide mistakes in the others. */
const LISTS = ['links', 'tunnels', 'faults', 'expect'] as const

export interface Remains {
  readonly data: Data
  /** Endpoints whose role is not known, or that could not be read at all. */
  readonly lostEndpoints: ReadonlySet<string>
  /** Values mended, by their path in the file. */
  readonly mended: readonly Path[]
  /** Everything cut, by its path in the file. */
  readonly cut: readonly Path[]
  /** For each list, the place in the file of each element that remains. */
  readonly places: Readonly<Record<string, readonly number[]>>
  /** Mended keys: the path as mended, and the key as the file has it. */
  readonly renamed: readonly (readonly [Path, string])[]
}

export function untouched(data: Data): Remains {
  const places = Object.fromEntries(LISTS.map((list) => [list, Object.keys(data[list] ?? {}).map(Number)]))
  return { data, lostEndpoints: new Set(), mended: [], cut: [], places, renamed: [] }
}

type Change = { readonly set: unknown } | { readonly rename: string } | { readonly cut: true }

interface Edit {
  readonly path: Path
  readonly change: Change
}

/** What remains without `mistakes`, none of which is about the whole. */
export function without(remains: Remains, mistakes: readonly Mistake[]): Remains {
  const edits = mistakes.map((mistake) => editFor(remains.data, mistake))
  const pathsOf = (kind: 'set' | 'rename' | 'cut'): readonly Path[] =>
    edits.filter(({ change }) => kind in change).map(({ path }) => path)
  const cuts = pathsOf('cut')
  const lost = cuts.filter(({ length, 0: list }) => list === 'endpoints' && length === 2)
  const roleless = mistakes.filter(({ path, lacks }) => lacks === 'role' && path.length === 2).map(({ path }) => path)
  const elements = new Set(cuts.filter(({ length }) => length === 2).map((path) => path.join(' ')))
  const places = Object.entries(remains.places).map(([list, kept]) => {
    return [list, kept.filter((_, i) => !elements.has(`${list} ${i}`))] as const
  })
  return {
    data: revised(remains.data, edits) as Data,
    lostEndpoints: new Set([...remains.lostEndpoints, ...[...lost, ...roleless].map((path) => String(path[1]))]),
    mended: [...remains.mended, ...pathsOf('set').map((path) => pathInFile(remains, path))],
    cut: [...remains.cut, ...cuts.map((path) => pathInFile(remains, path))],
    places: Object.fromEntries(places),
    renamed: [...remains.renamed, ...edits.flatMap((edit) => renaming(remains, edit))],
  }
}

function editFor(data: Data, { path, mend, lacks }: Mistake): Edit {
  if (mend !== undefined && 'value' in mend) return { path, change: { set: mend.value } }
  const isFree = mend !== undefined && valueAt(data, [...path.slice(0, -1), mend.key]) === undefined
  if (isFree) return { path, change: { rename: mend.key } }
  // Any role will do to look at the rest: nothing is said about the roles of such endpoints.
  const isRoleless = lacks === 'role' && path.length === 2 && isMap(valueAt(data, path))
  if (isRoleless) return { path: [...path, 'role'], change: { set: 'LAC' } }
  // An element of an inner list goes with its list, so that no index shifts.
  return { path: path.length > 2 && typeof path.at(-1) === 'number' ? path.slice(0, -1) : path, change: { cut: true } }
}

function renaming(remains: Remains, { path, change }: Edit): Remains['renamed'] {
  return 'rename' in change ? [[pathInFile(remains, [...path.slice(0, -1), change.rename]), String(path.at(-1))]] : []
}

/** A copy of `value` with all `edits` made; their paths are those before any of them. */
function revised(value: unknown, edits: readonly Edit[]): unknown {
  const bySteps = new Map<string | number, Edit[]>()
  for (const { path: [step, ...path], change } of edits) {
    if (step === undefined) continue
    const known = bySteps.get(step) ?? []
    known.push({ path, change })
    bySteps.set(step, known)
  }
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, i) => revisedItem(item, bySteps.get(i) ?? []).map(({ item: changed }) => changed))
  }
  const map = isMap(value) ? value : {}
  const keys = new Set([...Object.keys(map), ...[...bySteps.keys()].map(String)])
  return Object.fromEntries(
    [...keys].flatMap((key) =>
      revisedItem(map[key], bySteps.get(key) ?? []).map(({ item, key: newKey = key }) => [newKey, item] as const),
    ),
  )
}

interface Revised {
  readonly item: unknown
  readonly key?: string
}

/** Nothing when it is cut. */
function revisedItem(item: unknown, edits: readonly Edit[]): readonly Revised[] {
  if (edits.length === 0) return [{ item }]
  const own = edits.filter(({ path }) => path.length === 0).map(({ change }) => change)
  if (own.some((change) => 'cut' in change)) return []
  const set = own.find((change) => 'set' in change)
  const rename = own.find((change) => 'rename' in change)
  const inner = edits.filter(({ path }) => path.length > 0)
  const changed = set !== undefined ? set.set : inner.length > 0 ? revised(item, inner) : item
  return [rename === undefined ? { item: changed } : { item: changed, key: rename.rename }]
}

/** `path` of what remains as a path of the file. */
export function pathInFile({ places, renamed }: Pick<Remains, 'places' | 'renamed'>, path: Path): Path {
  const [list, index, ...rest] = path
  const placed = list === undefined || typeof index !== 'number' ? path : [list, places[list]?.[index] ?? index, ...rest]
  return renamed.reduce(
    (result, [mended, key]) => (startsWith(placed, mended) ? result.with(mended.length - 1, key) : result),
    [...placed],
  )
}
