// What recording costs when nobody keeps the records: nanoseconds for each of the hot kinds, over a hundred endpoints in turn,
// and beside them a record of another kind and the same records with a fold that wants them all. Run: npm run bench -- recorder

import { address } from '../sim/base/datagram.ts'
import type { Fold } from '../sim/trace/record.ts'
import { Recorder } from '../sim/trace/recorder.ts'

const ENDPOINTS = 100
const ROUNDS = 100
const ROUND_RECORDS = 20_000

const lns = address('10.1.0.1', 1701)
const ends = Array.from({ length: ENDPOINTS }, (_, i) => {
  const from = address(`10.0.0.${i + 1}`, 1701)
  const messages = [12, 60, 140].map((octets) => ({ from, to: lns, bytes: new Uint8Array(octets).fill(i), padding: 0 }))
  return { name: `lac${i + 1}`, messages }
})
const types = ['ZLB', 'HELLO', 'ICRQ', 'ICRP', 'ICCN'] as const
const states = ['idle', 'wait-reply', 'established'] as const

/** Records one after another; `i` counts. */
type Act = (recorder: Recorder, i: number) => void

const endOf = (i: number): (typeof ends)[number] => ends[(i * 7) % ENDPOINTS]!

const sentOf =
  (size: number): Act =>
  (recorder, i) => {
    const { name, messages } = endOf(i)
    recorder.sent(messages[size]!, { endpoint: name, plane: 'control', tunnel: i & 0xffff, session: 0, attempt: 1 }, i, 0)
  }

const delivered: Act = (recorder, i) => {
  recorder.delivered(endOf(i).name, i, 0, -1, 0, i)
}

const handled: Act = (recorder, i) => {
  const type = types[i % types.length]!
  recorder.note(
    endOf(i).name,
    { kind: 'handled', packet: i, tunnel: i & 0xffff, session: 1, type, ns: 3, nr: 4, verdict: 'accepted' },
    i,
  )
}

const acts: Readonly<Record<string, Act>> = {
  'sent, 12 octets': sentOf(0),
  'sent, 60 octets': sentOf(1),
  'sent, 140 octets': sentOf(2),
  delivered,
  handled,
  data: (recorder, i) => {
    const outcome = { tunnel: i & 0xffff, session: i & 0xff, ns: -1, verdict: 'accepted', skipped: 0, stamp: i }
    recorder.data(endOf(i).name, i, outcome, i)
  },
  transition: (recorder, i) => {
    const [from, to] = [states[i % 3]!, states[(i + 1) % 3]!]
    const row = {
      kind: 'transition',
      machine: 'incoming-call-lns',
      tunnel: 1,
      session: 1,
      from,
      on: 'rcv-ICCN',
      to,
      row: i % 9,
    } as const
    recorder.note(endOf(i).name, row, i)
  },
  'replica (walks the registry)': (recorder, i) => {
    recorder.emit({ kind: 'replica', endpoint: endOf(i).name, replica: 'a', state: 'active', why: 'takeover' }, i)
  },
  'one message: sent, delivered, handled': (recorder, i) => {
    sentOf(1)(recorder, i)
    delivered(recorder, i)
    handled(recorder, i)
  },
}

/** Nanoseconds per call in the best of many short rounds. */
function nanosPerCall(act: Act, folds: readonly Fold<unknown>[]): number {
  const clock = { now: 0 }
  const recorder = new Recorder(clock, folds)
  let done = 0
  const round = (calls: number): void => {
    for (let i = 0; i < calls; i++) {
      clock.now += 1_000_003
      act(recorder, done++)
    }
  }
  round(10 * ROUND_RECORDS)
  let best = Infinity
  for (let i = 0; i < ROUNDS; i++) {
    const start = process.hrtime.bigint()
    round(ROUND_RECORDS)
    best = Math.min(best, Number(process.hrtime.bigint() - start) / ROUND_RECORDS)
  }
  return best
}

/** A fold that looks at every record and keeps none. */
function counting(): Fold<number> {
  let seen = 0
  return {
    see: ({ seq }) => {
      seen += seq & 1
    },
    end: () => seen,
  }
}

console.log('nanoseconds a record                     kept by nobody   seen by a fold')
for (const [name, act] of Object.entries(acts)) {
  const unseen = nanosPerCall(act, [])
  const seen = nanosPerCall(act, [counting()])
  console.log(`${name.padEnd(40)} ${unseen.toFixed(1).padStart(14)} ${seen.toFixed(1).padStart(16)}`)
}
