// The path of a counterexample in words: one line for each thing that happened, with the time that had passed, the messages and what
// became of them.

import { formatInstant, type Nanos } from '../base/time.ts'
import { decodeControlHeader, peekType } from '../l2tp/wire/header.ts'
import type { Message } from './locals.ts'
import type { Move } from './moves.ts'
import type { Explorer, Violation } from './search.ts'

/** Moves of an undisturbed rest that are told. */
const TOLD_REST = 12

function nameOf({ bytes }: Message): string {
  const header = decodeControlHeader(bytes)
  if (typeof header === 'string') return peekType(bytes)
  return `${peekType(bytes)} to tunnel ${String(header.tunnelId)}, ${String(header.ns)}/${String(header.nr)}`
}

const fates = { arrives: '', lost: ' (lost)', twice: ' (arrives twice)', late: ' (late)' } as const

function lineOf(explorer: Explorer, move: Move, at: Nanos): string {
  const { kind, endpoint, message, sent, crashed } = move
  const name = explorer.preparation.names[endpoint]!
  const late = message >= 0 && (message & 1) === 1 ? ', late' : ''
  const what = {
    crash: `${name} crashes`,
    due: `${name}: a timer fires`,
    receive: message < 0 ? '' : `${name} receives ${nameOf(explorer.messageOf(message >> 1))}${late}`,
  }[kind]
  const answers = sent.map((number, i) => `${nameOf(explorer.messageOf(number))}${fates[move.fates[i]!]}`)
  const sends = answers.length === 0 ? '' : `, sends ${answers.join(' and ')}`
  return `${formatInstant(at, 3).padStart(10)}  ${what}${sends}${crashed && kind !== 'crash' ? `, and ${name} crashes` : ''}`
}

/** The lines; of a long undisturbed rest only its beginning. */
export function pathLines(explorer: Explorer, { moves, undisturbed }: Violation): readonly string[] {
  const lines: string[] = []
  const told = Math.min(moves.length, moves.length - undisturbed + TOLD_REST)
  let at: Nanos = 0
  for (const [i, move] of moves.entries()) {
    at += move.waited
    if (undisturbed > 0 && i === moves.length - undisturbed) lines.push('            from here on nothing goes wrong any more:')
    if (i < told) lines.push(lineOf(explorer, move, at))
  }
  if (told < moves.length) lines.push(`            … and ${String(moves.length - told)} moves more, until ${formatInstant(at, 3)}`)
  return lines
}
