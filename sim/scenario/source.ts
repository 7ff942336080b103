// Where things stand: the text of a scenario and of each `--set` option, read with positions, and mistakes placed in them.

import {
  type Document,
  LineCounter,
  type Node,
  isAlias,
  isMap as isYamlMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
} from 'yaml'
import { type Span, codeFrame } from './frame.ts'
import type { Mistake } from './mistake.ts'
import { type Path, pathText, startsWith } from './path.ts'

/** A mistake as a user sees it. */
export interface Issue {
  /** File name as given, or `--set`. */
  readonly file: string
  /** Line and column from 1; 0 when there is no text. */
  readonly line: number
  readonly column: number
  readonly message: string
  readonly expected: string | undefined
  /** What to write instead. */
  readonly suggestion: string | undefined
  /** Path into the scenario, such as `links[0].loss`; empty for mistakes of syntax. */
  readonly path: string
  /** The offending line with a mark under the mistake; empty when there is no text. */
  readonly frame: string
}

/** One text with positions. */
export interface Source {
  readonly file: string
  readonly text: string
  /** Path of the scenario that the text as a whole stands for. */
  readonly root: Path
  /** Column of `text` at which the document begins, less one. */
  readonly offset: number
  readonly document: Document.Parsed
  readonly lines: LineCounter
  readonly textLines: readonly string[]
}

/** Reads YAML (and so JSON). Errors of syntax are in `document.errors`. */
export function openSource(text: string, file: string): Source {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, uniqueKeys: false })
  return { file, text, root: [], offset: 0, document, lines, textLines: text.split(/\r?\n/) }
}

/** The option `--set text`, whose value begins after `offset` columns and stands for what is at `root`. */
export function openOption(text: string, offset: number, root: Path): Source {
  return { ...openSource(text.slice(offset), '--set'), text, textLines: text.split('\n'), offset, root }
}

/** Errors of syntax and keys given twice, placed. */
export function syntaxIssues(source: Source): readonly Issue[] {
  const errors = source.document.errors.map(({ message, pos: [start, end] }) => {
    return issueAt(source, spanBetween(source, start, end), { path: [], at: 'value', message })
  })
  return [...errors, ...duplicateKeys(source)]
}

/** The library's own check compares all pairs of keys: too slow for thousands of endpoints. */
function duplicateKeys(source: Source): readonly Issue[] {
  const issues: Issue[] = []
  visit(source.document, {
    Map: (_, map) => {
      const seen = new Set<unknown>()
      for (const { key } of map.items) {
        if (!isScalar(key) || typeof key.value === 'symbol') continue
        const name = String(key.value)
        if (seen.has(name)) {
          issues.push(
            issueAt(source, spanOf(source, key), { path: [], at: 'key', message: `\`${name}\` is given twice` }),
          )
        }
        seen.add(name)
      }
    },
  })
  return issues
}

/**
 * `mistakes` placed: in the option that set what they are about, else in the file (`sources` has the file first, then the
 * options in order). Sorted by place, each once.
 */
export function placed(mistakes: readonly Mistake[], sources: readonly Source[]): readonly Issue[] {
  const places = mistakes.map((mistake) => ({ mistake, ...placeOf(mistake.path, mistake.at, sources) }))
  places.sort(inOrder)
  const issues = places.map(({ mistake, order, span, path }) => issueAt(sources[order] ?? NOWHERE, span, { ...mistake, path }))
  const seen = new Set<string>()
  return issues.filter(({ file, line, column, message, frame }) => {
    const key = [file, line, column, message, frame].join('\0')
    return !seen.has(key) && seen.add(key).size > 0
  })
}

function inOrder(a: Place, b: Place): number {
  const differences = [a.order - b.order, a.span.line - b.span.line, a.span.column - b.span.column]
  return differences.find((difference) => difference !== 0) ?? 0
}

const NOWHERE = { file: '', textLines: [] }

interface Place {
  /** Index of the source. */
  readonly order: number
  /** The path as the source has it. */
  readonly path: Path
  readonly span: Span
}

function placeOf(path: Path, at: 'key' | 'value', sources: readonly Source[]): Place {
  for (const origin of origins(path)) {
    for (let order = sources.length - 1; order >= 0; order--) {
      const source = sources[order]
      if (source === undefined || !startsWith(origin, source.root)) continue
      const span = find(source, origin.slice(source.root.length), at) ?? (order > 0 ? wholeOf(source) : undefined)
      if (span !== undefined) return { order, span, path: origin }
    }
  }
  if (path.length > 0) return { ...placeOf(path.slice(0, -1), 'key', sources), path }
  const place = sources.length > 0 ? 1 : 0
  return { order: 0, span: { line: place, column: place, width: 1 }, path }
}

function wholeOf(source: Source): Span {
  return { line: 1, column: source.offset + 1, width: Math.max(1, source.text.length - source.offset) }
}

function textOf(mistake: Mistake): Pick<Issue, 'message' | 'expected' | 'suggestion' | 'path'> {
  const { message, expected, suggestion, path } = mistake
  return { message, expected, suggestion, path: pathText(path) }
}

/** A span of a text with what is wrong there. */
export function issueAt(source: Pick<Source, 'file' | 'textLines'>, span: Span, mistake: Mistake): Issue {
  return { ...textOf(mistake), file: source.file, line: span.line, column: span.column, frame: codeFrame(source.textLines, span) }
}

/** Where the value at `path` of a complete scenario may come from: itself, or what parse.ts filled in from elsewhere. */
export function origins(path: Path): readonly Path[] {
  const [list, entry, part, ...rest] = path
  if (list === 'endpoints' && part !== undefined) return [path, ['defaults', 'endpoint', part, ...rest]]
  if (list === 'links' && entry !== undefined && (part === 'forward' || part === 'backward')) {
    return [path, ['links', entry, ...rest], ['defaults', 'link', part, ...rest], ['defaults', 'link', ...rest]]
  }
  if (list === 'tunnels' && entry !== undefined && part === 'sessions' && rest[0] === 0) {
    return [path, ['tunnels', entry, 'sessions', ...rest.slice(1)]]
  }
  return [path]
}

/** Span of the key or value at `path`; undefined when the text has nothing there. */
function find(source: Source, path: Path, at: 'key' | 'value'): Span | undefined {
  let node: unknown = source.document.contents
  let key: unknown
  for (const step of path) {
    const found = stepInto(resolved(node, source.document), step, source.document)
    if (found === undefined) return undefined
    key = found.key
    node = found.value
  }
  const target = (at === 'key' && isNode(key)) || !isNode(node) ? key : node
  return isNode(target) ? spanOf(source, target) : undefined
}

function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node
}

interface Found {
  readonly key: unknown
  readonly value: unknown
}

function stepInto(node: unknown, step: string | number, document: Document): Found | undefined {
  if (isSeq(node)) return Number(step) < node.items.length ? { key: undefined, value: node.items[Number(step)] } : undefined
  if (!isYamlMap(node)) return undefined
  const own = node.items.find(({ key }) => isScalar(key) && typeof key.value !== 'symbol' && String(key.value) === String(step))
  if (own !== undefined) return own
  for (const { key, value } of node.items) {
    // What `<<` merges stands where it was first written.
    const isMerge = isScalar(key) && typeof key.value === 'symbol'
    const merged = isMerge ? stepInto(resolved(value, document), step, document) : undefined
    if (merged !== undefined) return merged
  }
  return undefined
}

function spanOf(source: Source, node: Node): Span {
  const [start, end] = node.range ?? [0, 0]
  return spanBetween(source, start, end)
}

function spanBetween(source: Source, start: number, end: number): Span {
  const { line, col } = source.lines.linePos(start)
  const lineEnd = source.text.indexOf('\n', start + source.offset)
  const stop = lineEnd < 0 ? end : Math.min(end, lineEnd - source.offset)
  return { line, column: line === 1 ? col + source.offset : col, width: Math.max(1, stop - start) }
}

/** Issues as text, one block each. */
export function formatIssues(issues: readonly Issue[]): string {
  return issues.map(formatIssue).join('\n\n')
}

function formatIssue({ file, line, column, path, message, frame, expected, suggestion }: Issue): string {
  const where = line === 0 ? file : `${file}:${String(line)}:${String(column)}`
  const head = [where, path].filter((part) => part !== '').join(': ')
  const lines = [`${head}${head === '' ? '' : ': '}${message}`]
  if (frame !== '') lines.push(frame)
  if (expected !== undefined && expected !== '') lines.push(`  expected: ${expected}`)
  if (suggestion !== undefined) lines.push(`  did you mean \`${suggestion}\`?`)
  return lines.join('\n')
}
