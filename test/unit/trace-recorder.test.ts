// The recorder and the digest: every field of every kind counts, the fast ways in give what the plain one gives, and folds see
// what they asked for.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { address } from '../../sim/base/datagram.ts'
import { NEVER } from '../../sim/base/time.ts'
import { digestOf } from '../../sim/trace/digest.ts'
import { Murmur } from '../../sim/trace/murmur.ts'
import {
  NO_CAUSE,
  recordKinds,
  type Fields,
  type FieldType,
  type Fold,
  type RecordKind,
  type TraceEvent,
  type TraceRecord,
} from '../../sim/trace/record.ts'
import { Recorder } from '../../sim/trace/recorder.ts'
import { anyTrace } from '../support/arbitrary-records.ts'

const kinds = Object.keys(recordKinds) as RecordKind[]

/** A recorder under a clock that stands still unless it is set. */
function recording(folds: readonly Fold<unknown>[] = []): { recorder: Recorder; clock: { now: number } } {
  const clock = { now: 0 }
  return { recorder: new Recorder(clock, folds), clock }
}

class Keep implements Fold<undefined> {
  readonly kinds?: readonly RecordKind[]
  readonly records: TraceRecord[] = []

  constructor(kinds?: readonly RecordKind[]) {
    if (kinds !== undefined) this.kinds = kinds
  }

  see(record: TraceRecord): void {
    this.records.push(record)
  }

  end(): undefined {
    return undefined
  }
}

/** Two values of each type that differ as little as they can, and some that an encoding might confuse. */
const values: Readonly<Record<FieldType, readonly unknown[]>> = {
  name: ['lac1', 'lac2', '', 'LAC1', '1cal', 'lac1\0'],
  text: ['some', 'somE', '', 'some ', 'some\0', 'smoe', 'sömé'],
  int: [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 31 - 1, 2 ** 32, 2 ** 32 - 1, 2 ** 32 + 1, 2 ** 52, Number.MAX_SAFE_INTEGER, NEVER],
  flag: [false, true],
  bytes: [[1, 2, 3], [1, 2, 4], [], [0], [0, 0], [1, 2, 3, 0], [3, 2, 1], [1, 2, 3, 0, 0, 0, 0, 0]].map((octets) =>
    Uint8Array.from(octets),
  ),
}

function eventOf(kind: RecordKind, changed: Readonly<Record<string, unknown>> = {}): TraceEvent {
  const fields = Object.entries(recordKinds[kind]) as [string, FieldType][]
  return {
    kind,
    ...Object.fromEntries(fields.map(([field, type]) => [field, values[type][0]])),
    ...changed,
  } as unknown as TraceEvent
}

const digestOfEvents = (events: readonly TraceEvent[]): string => {
  const { recorder } = recording()
  for (const event of events) recorder.emit(event)
  return recorder.digest()
}

describe('the hash', () => {
  /** Words of a text in ASCII, four characters each, the first lowest. */
  const wordsOf = (text: string): Int32Array =>
    Int32Array.from({ length: text.length / 4 }, (_, i) =>
      [0, 1, 2, 3].reduce((word, k) => word | (text.charCodeAt(4 * i + k) << (8 * k)), 0),
    )

  const hexOf = (words: readonly number[]): string => words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')

  test('is MurmurHash3 x86 128: values that the test suites of its ports share with the original', () => {
    const words = wordsOf('I will not buy this record, it is scratched.')
    const murmur = new Murmur()
    murmur.absorb(words, 8)
    expect(hexOf(murmur.finish(words.subarray(8), 3))).toBe('a0a9683b25ac5e40d9af2895890dddf5')
    expect(hexOf(new Murmur().finish(wordsOf('0123'), 1))).toBe('dc378fea485d3536485d3536485d3536')
  })

  test('of nothing is 0, as with the original under seed 0', () => {
    expect(hexOf(new Murmur().finish(new Int32Array(0), 0))).toBe('0'.repeat(32))
  })

  test('any one bit of a word changes half of the bits that the digest shows', () => {
    const bits = (a: number, b: number): number => [...((a ^ b) >>> 0).toString(2)].filter((digit) => digit === '1').length
    let changed = 0
    let cases = 0
    for (let place = 0; place < 15; place++) {
      for (let bit = 0; bit < 32; bit++) {
        const words = Int32Array.from({ length: 15 }, (_, i) => Math.imul(i + 1, 0x2545f491))
        const hashOf = (flip: number): readonly number[] => {
          const murmur = new Murmur()
          const input = words.slice()
          input[place]! ^= flip << bit
          murmur.absorb(input, 12)
          return murmur.finish(input.subarray(12), 3)
        }
        const [plain, flipped] = [hashOf(0), hashOf(1)]
        changed += bits(plain[0]!, flipped[0]!) + bits(plain[1]!, flipped[1]!)
        cases++
      }
    }
    // 64 bits of which each changes or not: a mean of 32 with a standard error of 4 / sqrt(480).
    expect(Math.abs(changed / cases - 32)).toBeLessThan((4 * 4) / Math.sqrt(cases))
  })
})

describe('what the digest depends on', () => {
  for (const kind of kinds) {
    test(`every field of ${kind}`, () => {
      const digests = new Set([digestOfEvents([eventOf(kind)])])
      let variants = 1
      for (const [field, type] of Object.entries(recordKinds[kind]) as [string, FieldType][]) {
        for (const value of values[type].slice(1)) {
          digests.add(digestOfEvents([eventOf(kind, { [field]: value })]))
          variants++
        }
      }
      expect(digests.size).toBe(variants)
    })
  }

  test('which field of a kind has a value, and which kind', () => {
    const moved = kinds.flatMap((kind) =>
      (Object.entries(recordKinds[kind]) as [string, FieldType][]).flatMap(([field, type]) =>
        type === 'name' || type === 'int' ? [digestOfEvents([eventOf(kind, { [field]: type === 'int' ? 77 : 'other' })])] : [],
      ),
    )
    expect(new Set(moved).size).toBe(moved.length)
    expect(new Set(kinds.map((kind) => digestOfEvents([eventOf(kind)]))).size).toBe(kinds.length)
  })

  test('instant, cause, number of records and their order', () => {
    const event = eventOf('timer')
    const other = eventOf('plane')
    const at = (now: number, cause: number): string => {
      const { recorder, clock } = recording()
      clock.now = now
      recorder.emit(event, cause)
      return recorder.digest()
    }
    const digests = [
      ...[0, 1, 2 ** 31, 2 ** 32, 2 ** 45, Number.MAX_SAFE_INTEGER].map((now) => at(now, NO_CAUSE)),
      ...[0, 1, 2 ** 31, 2 ** 40].map((cause) => at(0, cause)),
      digestOfEvents([]),
      digestOfEvents([event, event]),
      digestOfEvents([event, other]),
      digestOfEvents([other, event]),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('a text longer than the buffer, and octets that are', () => {
    const long = 'x'.repeat(50_000)
    const octets = new Uint8Array(65_535)
    const changed = octets.slice()
    changed[40_000] = 1
    const digests = [
      digestOfEvents([eventOf('log', { detail: long })]),
      digestOfEvents([eventOf('log', { detail: `${long.slice(1)}y` })]),
      digestOfEvents([eventOf('log', { detail: `${long}x` })]),
      digestOfEvents([eventOf('sent', { bytes: octets })]),
      digestOfEvents([eventOf('sent', { bytes: changed })]),
    ]
    expect(new Set(digests).size).toBe(digests.length)
  })

  test('not on when it is asked for', () => {
    const events = Array.from({ length: 3000 }, (_, i) => eventOf(kinds[i % kinds.length]!, i % 3 === 0 ? { tunnel: i } : {}))
    const { recorder } = recording()
    events.forEach((event, i) => {
      if (i % 7 === 0) recorder.digest()
      recorder.emit(event)
    })
    expect(recorder.digest()).toBe(digestOfEvents(events))
    expect(recorder.digest()).toBe(recorder.digest())
    expect(recorder.digest()).toMatch(/^[0-9a-f]{16}$/)
  })

  test('stored records give the digest of the run, whatever they are', () => {
    fc.assert(
      fc.property(anyTrace, (records) => {
        const { recorder, clock } = recording()
        for (const record of records) {
          clock.now = record.at
          recorder.emit(record, record.cause)
        }
        expect(digestOf(records)).toBe(recorder.digest())
      }),
    )
  })
})

describe('the fast ways in', () => {
  const datagram = {
    from: address('10.0.0.1', 1701),
    to: address('10.0.0.2', 1701),
    bytes: Uint8Array.of(1, 2, 3, 4, 5),
    padding: 7,
  }
  const sent: Fields<'sent'> = {
    endpoint: 'lac1',
    from: '10.0.0.1:1701',
    to: '10.0.0.2:1701',
    packet: 3,
    plane: 'control',
    tunnel: 4,
    session: 5,
    attempt: 6,
    backlog: 8,
    padding: 7,
    bytes: datagram.bytes,
  }
  const delivered: Fields<'delivered'> = { endpoint: 'lns1', packet: 3, copy: 1, flippedBit: -1, depth: 2 }
  const data: Fields<'data'> = {
    endpoint: 'lns1',
    packet: 3,
    tunnel: 4,
    session: 5,
    ns: -1,
    verdict: 'accepted',
    skipped: 0,
    stamp: 9,
  }

  const ways: Readonly<Record<string, readonly [TraceEvent, (recorder: Recorder, cause: number) => number]>> = {
    sent: [
      { kind: 'sent', ...sent },
      (recorder, cause) => {
        recorder.cause = cause
        return recorder.sent(datagram, { endpoint: 'lac1', plane: 'control', tunnel: 4, session: 5, attempt: 6 }, 3, 8)
      },
    ],
    delivered: [{ kind: 'delivered', ...delivered }, (recorder, cause) => recorder.delivered('lns1', 3, 1, -1, 2, cause)],
    data: [{ kind: 'data', ...data }, (recorder, cause) => recorder.data('lns1', 3, data, cause)],
    ...Object.fromEntries(
      kinds
        .filter((kind) => 'endpoint' in recordKinds[kind])
        .map((kind) => {
          const event = eventOf(kind, { endpoint: 'lns1' })
          const { endpoint: _endpoint, ...rest } = event as unknown as { endpoint: string }
          return [`note ${kind}`, [event, (recorder: Recorder, cause: number) => recorder.note('lns1', rest as never, cause)]]
        }),
    ),
  }

  for (const [name, [event, record]] of Object.entries(ways)) {
    test(`${name}: the digest and the record of emit`, () => {
      const plain = recording([new Keep()])
      plain.recorder.emit(event, 11)
      const keep = new Keep()
      const kept = recording([keep])
      const unkept = recording()
      const number = [kept, unkept].map(({ recorder }) => record(recorder, 11))
      expect(number).toEqual([0, 0])
      expect(kept.recorder.digest()).toBe(plain.recorder.digest())
      expect(unkept.recorder.digest()).toBe(plain.recorder.digest())
      expect(keep.records).toEqual([{ ...event, seq: 0, at: 0, cause: 11 }])
      expect(digestOf(keep.records)).toBe(plain.recorder.digest())
    })
  }

  test('an endpoint named as another was before', () => {
    const names = ['lac1', 'lac1', 'lns1', 'lac1', '', 'lns1', '']
    const { recorder } = recording()
    for (const name of names) recorder.delivered(name, 1, 0, -1, 0, 0)
    const events = names.map((endpoint): TraceEvent => ({
      kind: 'delivered',
      ...delivered,
      endpoint,
      packet: 1,
      copy: 0,
      depth: 0,
    }))
    const plain = recording()
    for (const event of events) plain.recorder.emit(event, 0)
    expect(recorder.digest()).toBe(plain.recorder.digest())
  })
})

describe('causes and numbers', () => {
  test('the ambient cause is given to what has none of its own', () => {
    const keep = new Keep()
    const { recorder } = recording([keep])
    expect(recorder.count).toBe(0)
    expect(recorder.emit(eventOf('plane'))).toBe(0)
    recorder.cause = 0
    recorder.emit(eventOf('plane'))
    recorder.note('x', { kind: 'log', tunnel: 0, session: 0, what: 'w', detail: '' })
    recorder.emit(eventOf('plane'), 2)
    expect(keep.records.map(({ seq, cause }) => [seq, cause])).toEqual([
      [0, NO_CAUSE],
      [1, 0],
      [2, 0],
      [3, 2],
    ])
    expect(recorder.count).toBe(4)
  })
})

describe('folds', () => {
  test('each sees the kinds it wants, in order, with the instant', () => {
    const [all, some, none] = [new Keep(), new Keep(['plane', 'log']), new Keep([])]
    const { recorder, clock } = recording([all, some, none])
    const order: RecordKind[] = ['plane', 'timer', 'log', 'run', 'plane']
    order.forEach((kind, i) => {
      clock.now = i * 10
      recorder.emit(eventOf(kind))
    })
    expect(all.records.map(({ kind, at }) => [kind, at])).toEqual(order.map((kind, i) => [kind, i * 10]))
    expect(some.records.map(({ seq }) => seq)).toEqual([0, 2, 4])
    expect(none.records).toEqual([])
  })

  test('the digest does not depend on who listens', () => {
    const digests = [[], [new Keep()], [new Keep(['log'])]].map((folds) => {
      const { recorder } = recording(folds)
      for (const kind of kinds) recorder.emit(eventOf(kind))
      return recorder.digest()
    })
    expect(new Set(digests).size).toBe(1)
  })

  test('a record is what was emitted, unchanged', () => {
    const keep = new Keep()
    const { recorder } = recording([keep])
    for (const kind of kinds) recorder.emit(eventOf(kind), 5)
    expect(keep.records).toEqual(kinds.map((kind, seq) => ({ ...eventOf(kind), seq, at: 0, cause: 5 })))
  })

  test('a fold may record nothing', () => {
    const meddler: Fold<undefined> = {
      kinds: ['plane'],
      see: () => recorder.delivered('x', 0, 0, 0, 0, 0),
      end: () => undefined,
    }
    const { recorder } = recording([meddler])
    expect(() => recorder.emit(eventOf('plane'))).toThrow('a fold has recorded something')
  })
})
