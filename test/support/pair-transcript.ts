// What a Pair said, in the notation in which failover dialogues are specified: `A>R SCCRQ [0 0/0] {5,9=z,77(x,y)}`. Tunnels of A
// are x and z (recovery), of R y and w; sessions a and b, numbered from the second on. Numbers of a recovered tunnel are told
// from where its reset put them: p, q. `!again` marks a retransmission, `!lost` what did not arrive.

import { formatDuration, type Nanos } from '../../sim/base/time.ts'
import { glimpse, hints, type Glimpse, type Namer } from '../../sim/run/notation.ts'
import { messageIn, type Pair, type Said, type Side, type Told } from './pair.ts'

const letters = {
  A: { ordinary: 'x', recovery: 'z', session: 'a' },
  R: { ordinary: 'y', recovery: 'w', session: 'b' },
} as const

const other = (side: Side): Side => (side === 'A' ? 'R' : 'A')

/** A number as a letter, '' for none, and where the letter stands. */
type Named = readonly [string, number]

interface Suggestion {
  readonly ns: number
  readonly nr: number
}

/** Letters for the numbers of a conversation, given out as they appear. */
class Letters {
  private readonly names = new Map<string, string>()
  private readonly counts = new Map<string, number>()
  private readonly suggestions: Suggestion[] = []
  /** Of a tunnel that was reset: its own Ns and Nr then. */
  private readonly bases = new Map<string, readonly [Named, Named]>()

  private give(key: string, letter: string): void {
    if (this.names.has(key)) return
    const count = (this.counts.get(letter) ?? 0) + 1
    this.counts.set(letter, count)
    this.names.set(key, count === 1 ? letter : `${letter}${String(count)}`)
  }

  learn({ side, notice }: Told): void {
    if (notice.kind === 'tunnel') this.give(`${side} tunnel ${String(notice.tunnel)}`, letters[side][notice.purpose])
    if (notice.kind === 'session') this.give(`${side} session ${String(notice.session)}`, letters[side].session)
    if (notice.kind !== 'controlReset') return
    const { ns, nr, role } = notice
    const index = this.suggestions.findLastIndex((one) =>
      role === 'recovery' ? one.ns === ns && one.nr === nr : one.ns === nr && one.nr === ns,
    )
    const [own, peer] = index < 0 ? ['', ''] : role === 'recovery' ? this.pair(index) : this.pair(index).toReversed()
    this.bases.set(`${side} ${String(notice.tunnel)}`, [
      [own ?? '', ns],
      [peer ?? '', nr],
    ])
  }

  private pair(index: number): readonly string[] {
    return index === 0 ? ['p', 'q'] : [`p${String(index + 1)}`, `q${String(index + 1)}`]
  }

  name(side: Side, space: 'tunnel' | 'session', number: number): string {
    return this.names.get(`${side} ${space} ${String(number)}`) ?? `#${String(number)}`
  }

  suggestion(ns: number, nr: number): string {
    let index = this.suggestions.findLastIndex((one) => one.ns === ns && one.nr === nr)
    if (index < 0) index = this.suggestions.push({ ns, nr }) - 1
    return `78(${this.pair(index).join()})`
  }

  numbers(said: Said, { ns, nr }: Glimpse): string {
    const base = this.bases.get(`${said.from} ${String(said.tunnel)}`)
    return base === undefined ? `${String(ns)}/${String(nr)}` : `${relative(ns, base[0])}/${relative(nr, base[1])}`
  }
}

function relative(value: number, [letter, base]: Named): string {
  if (letter === '') return String(value)
  const ahead = (value - base) & 0xffff
  if (ahead === 0) return letter
  return ahead < 0x8000 ? `${letter}+${String(ahead)}` : `${letter}-${String(0x10000 - ahead)}`
}

export interface TranscriptOptions {
  /** Lines before this instant are left out. */
  readonly from?: Nanos
  /** Each line begins with the time since this instant. */
  readonly since?: Nanos
  /** ZLBs are left out. */
  readonly bodies?: boolean
}

/** The control messages in order of sending, one line for each. */
export function transcriptOf(pair: Pair, { from = 0, since, bodies = false }: TranscriptOptions = {}): readonly string[] {
  const names = new Letters()
  const lines: string[] = []
  for (const event of [...pair.said, ...pair.told].sort((a, b) => a.order - b.order)) {
    if ('notice' in event) {
      names.learn(event)
      continue
    }
    const line = lineOf(event, names)
    if (event.at < from || (bodies && event.type === 'ZLB')) continue
    lines.push(since === undefined ? line : `${formatDuration(event.at - since)} ${line}`)
  }
  return lines
}

function lineOf(said: Said, names: Letters): string {
  const message = glimpse(messageIn(said.datagram))
  if (message === undefined) return `${said.from} unreadable`
  const receiver = other(said.from)
  const name: Namer = (owner, space, number) => names.name(owner === 'sender' ? said.from : receiver, space, number)
  const texts = hints(message, { name, sessions: 20 })
  const avps = texts.replace(/78\((\d+),(\d+)\)/, (_, ns: string, nr: string) => names.suggestion(Number(ns), Number(nr)))
  const tunnel = message.tunnelId === 0 ? '0' : names.name(receiver, 'tunnel', message.tunnelId)
  const session = message.sessionId === 0 ? '' : ` ${names.name(receiver, 'session', message.sessionId)}`
  const header = `[${tunnel}${session} ${names.numbers(said, message)}]`
  const marks = `${said.attempt > 1 ? ' !again' : ''}${said.lost ? ' !lost' : ''}`
  return `${said.from}>${receiver} ${message.type} ${header}${avps === '' ? '' : ` {${avps}}`}${marks}`
}
