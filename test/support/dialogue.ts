// Expected dialogues and how they are compared with what a run said. A dialogue is text, one line for each message, or a list of
// dialogues one after the other, or `together(…)`, dialogues of which only the order within each is given. A line may begin
// with `+1s`: so long after the line before it in its own text.

import { parseLine, unify, type Bindings, type Line } from './dialogue-line.ts'

export type Dialogue = string | readonly Dialogue[] | { readonly together: readonly Dialogue[] }

/** Dialogues that go on at the same time, in any interleaving. */
export const together = (...dialogues: readonly Dialogue[]): Dialogue => ({ together: dialogues })

export interface Said {
  readonly at: number
  readonly text: string
}

/** What is still expected; undefined for nothing. */
type Rest =
  | { readonly kind: 'line'; readonly text: string; readonly line: Line; readonly after: number | undefined }
  /** `since`: when its latest line was said. */
  | { readonly kind: 'sequence'; readonly items: readonly Rest[]; readonly since: number | undefined }
  | { readonly kind: 'together'; readonly items: readonly Rest[]; readonly since: number | undefined }

const UNITS: Readonly<Record<string, number>> = { s: 1e9, ms: 1e6, us: 1e3 }

function compile(dialogue: Dialogue): Rest | undefined {
  if (typeof dialogue === 'string') {
    const lines = dialogue.split('\n').map((text) => text.trim())
    return sequence(lines.filter((text) => text !== '').map(compileLine), undefined)
  }
  const inOrder = 'together' in dialogue ? undefined : dialogue
  if (inOrder !== undefined) return sequence(compileAll(inOrder), undefined)
  return group(compileAll('together' in dialogue ? dialogue.together : []), undefined)
}

const compileAll = (dialogues: readonly Dialogue[]): readonly Rest[] => dialogues.flatMap((each) => compile(each) ?? [])

function compileLine(text: string): Rest {
  const match = /^\+([\d.]+)(s|ms|us) (.*)$/.exec(text)
  if (match === null) return { kind: 'line', text, line: parseLine(text), after: undefined }
  const [, amount, unit = 's', rest = ''] = match
  return { kind: 'line', text, line: parseLine(rest), after: Math.round(Number(amount) * (UNITS[unit] ?? 1)) }
}

const sequence = (items: readonly Rest[], since: number | undefined): Rest | undefined =>
  items.length === 0 ? undefined : { kind: 'sequence', items, since }

const group = (items: readonly Rest[], since: number | undefined): Rest | undefined =>
  items.length === 0 ? undefined : { kind: 'together', items, since }

interface Taken {
  readonly rest: Rest | undefined
  readonly bindings: Bindings
}

interface Hearing {
  readonly said: Said
  readonly line: Line
  readonly bindings: Bindings
}

/** Every way in which `rest` can take one more line. `since`: when the line before was said. */
function* take(rest: Rest, hearing: Hearing, since: number | undefined): Generator<Taken> {
  if (rest.kind === 'line') {
    const inTime = rest.after === undefined || (since !== undefined && hearing.said.at === since + rest.after)
    const bindings = inTime ? unify(rest.line, hearing.line, hearing.bindings) : undefined
    if (bindings !== undefined) yield { rest: undefined, bindings }
    return
  }
  const from = rest.since ?? since
  const { items } = rest
  const candidates = rest.kind === 'sequence' ? items.slice(0, 1) : items
  for (const [i, item] of candidates.entries()) {
    for (const taken of take(item, hearing, from)) {
      const left = [...items.slice(0, i), ...(taken.rest === undefined ? [] : [taken.rest]), ...items.slice(i + 1)]
      const next = rest.kind === 'sequence' ? sequence(left, hearing.said.at) : group(left, from)
      yield { rest: next, bindings: taken.bindings }
    }
  }
}

/** The lines that could come next. */
function expectedNext(rest: Rest | undefined): readonly string[] {
  if (rest === undefined) return ['nothing more']
  if (rest.kind === 'line') return [rest.text]
  return (rest.kind === 'sequence' ? rest.items.slice(0, 1) : rest.items).flatMap(expectedNext)
}

interface Failure {
  readonly position: number
  readonly rest: Rest | undefined
  readonly bindings: Bindings
}

export type Match = { readonly ok: true; readonly bindings: Bindings } | { readonly ok: false; readonly message: string }

/** Interleavings tried before a comparison is given up: far more than any dialogue that matches needs. */
const MAX_STEPS = 200_000

/** Compares what was said, all of it, with the dialogue. */
export function matchDialogue(expected: Dialogue, said: readonly Said[], bindings: Bindings = new Map()): Match {
  const lines = said.map(({ text }) => parseLine(text))
  let furthest: Failure = { position: -1, rest: undefined, bindings }
  let steps = 0
  const search = (position: number, rest: Rest | undefined, known: Bindings): Bindings | undefined => {
    steps += 1
    const heard = said[position]
    const line = lines[position]
    if (heard === undefined || line === undefined) {
      if (rest === undefined) return known
    } else if (rest !== undefined && steps < MAX_STEPS) {
      for (const taken of take(rest, { said: heard, line, bindings: known }, said[position - 1]?.at)) {
        const found = search(position + 1, taken.rest, taken.bindings)
        if (found !== undefined) return found
      }
    }
    if (position > furthest.position) furthest = { position, rest, bindings: known }
    return undefined
  }
  const found = search(0, compile(expected), bindings)
  return found === undefined ? { ok: false, message: explain(said, furthest) } : { ok: true, bindings: found }
}

/** What was said, with a mark at the first line that nothing allows, and what was expected there. */
function explain(said: readonly Said[], { position, rest, bindings }: Failure): string {
  const listed = said.slice(0, position + 12).map(({ at, text }, i) => {
    const mark = i === position ? '>>' : '  '
    return `${mark} ${(at / 1e9).toFixed(6)} ${text}`
  })
  const known = [...bindings].map(([letter, { value }]) => `${letter}=${String(value)}`).join(' ')
  const heading = `line ${String(position + 1)} of ${String(said.length)} is not what the dialogue expects (${known}):`
  return [heading, ...listed, 'expected:', ...expectedNext(rest).map((text) => `   ${text}`)].join('\n')
}
