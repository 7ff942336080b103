// One direction of a link: what becomes of datagrams under each impairment, and that no impairment moves another's luck.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND, type Nanos } from '../../../sim/base/time.ts'
import { stream } from '../../../sim/kernel/rng.ts'
import { Link, idealLink, type Fate, type LinkSpec } from '../../../sim/net/link.ts'
import type { ScriptedFault } from '../../../sim/net/script.ts'

const PAYLOAD = new Uint8Array(72).fill(0xaa)
const SIZE = 100

const linkOf = (spec: Partial<LinkSpec>, seed = '1'): Link =>
  new Link('a>b', { ...idealLink, ...spec }, (name) => stream(seed, name))

/** The fates of `count` datagrams sent every `interval`. */
function fatesOf(link: Link, count: number, interval: Nanos = MILLISECOND, size = SIZE): readonly (readonly Fate[])[] {
  return Array.from({ length: count }, (_, i) => link.fates(size, PAYLOAD, i * interval).map((fate) => ({ ...fate })))
}

const reasons = (fates: readonly (readonly Fate[])[]): readonly string[] =>
  fates.map(([first]) => (first?.fate === 'drop' ? first.why : 'delivered'))

const arrivals = (fates: readonly (readonly Fate[])[]): readonly Nanos[] =>
  fates.flatMap((copies) => copies.map((fate) => (fate.fate === 'deliver' ? fate.at : NaN)))

const countOf = (fates: readonly (readonly Fate[])[], reason: string): number =>
  reasons(fates).filter((why) => why === reason).length

const near = (count: number, draws: number, probability: number): void => {
  expect(Math.abs(count - draws * probability)).toBeLessThan(4 * Math.sqrt(draws * probability * (1 - probability)))
}

describe('latency and order', () => {
  const jitter: LinkSpec['latency'] = { kind: 'uniform', least: 0, most: 50 * MILLISECOND }

  test('an ideal link delivers at once', () => {
    expect(linkOf({}).fates(SIZE, PAYLOAD, 5)).toEqual([{ fate: 'deliver', at: 5, flipBit: -1 }])
  })

  test('without reordering no datagram overtakes, and none comes before its time', () => {
    const held = arrivals(fatesOf(linkOf({ latency: jitter }), 2000))
    const free = arrivals(fatesOf(linkOf({ latency: jitter, reordering: true }), 2000))
    let latest = 0
    held.forEach((at, i) => {
      latest = Math.max(latest, free[i]!)
      expect(at).toBe(latest)
    })
  })

  test('with reordering they do overtake', () => {
    const free = arrivals(fatesOf(linkOf({ latency: jitter, reordering: true }), 2000))
    expect(free.some((at, i) => i > 0 && at < free[i - 1]!)).toBe(true)
  })

  test('what is lost holds nobody back', () => {
    const fault: ScriptedFault = { matches: () => true, nth: 1, count: 1, action: 'drop' }
    const latency: LinkSpec['latency'] = { kind: 'quantiles', quantiles: [0, SECOND] }
    const [, second] = fatesOf(linkOf({ latency, script: [fault] }), 2)
    const [, free] = fatesOf(linkOf({ latency, reordering: true }), 2)
    expect(second).toEqual(free)
  })
})

describe('loss', () => {
  test('independent: as often as it says', () => {
    const draws = 100_000
    near(countOf(fatesOf(linkOf({ loss: 0.03 }), draws), 'loss'), draws, 0.03)
  })

  test('all and nothing', () => {
    expect(countOf(fatesOf(linkOf({ loss: 1 }), 100), 'loss')).toBe(100)
    expect(countOf(fatesOf(linkOf({ loss: 0 }), 100), 'delivered')).toBe(100)
  })

  test('over the MTU: 1 - (1 - p)^k, and named so', () => {
    const draws = 50_000
    const fates = fatesOf(linkOf({ loss: 0.02, mtuOctets: 1500 }), draws, MILLISECOND, 20 + 5 * 1480)
    near(countOf(fates, 'mtu'), draws, 1 - Math.pow(0.98, 5))
    expect(countOf(fates, 'loss')).toBe(0)
  })

  test('within the MTU the same draws decide as without one', () => {
    const small = reasons(fatesOf(linkOf({ loss: 0.3, mtuOctets: 1500 }), 500))
    expect(small).toEqual(reasons(fatesOf(linkOf({ loss: 0.3 }), 500)))
  })

  test('bursts are named for themselves', () => {
    const burstLoss = { toBad: 0.1, toGood: 0.3, lossGood: 0, lossBad: 1 }
    const fates = fatesOf(linkOf({ burstLoss }), 1000)
    expect(countOf(fates, 'burst-loss')).toBeGreaterThan(100)
    expect(countOf(fates, 'burst-loss') + countOf(fates, 'delivered')).toBe(1000)
  })
})

describe('bandwidth', () => {
  test('transmission before latency; the backlog is what waits', () => {
    const link = linkOf({ bandwidth: 800_000, latency: { kind: 'constant', latency: 10 * MILLISECOND } })
    expect(arrivals([link.fates(SIZE, PAYLOAD, 0)])).toEqual([11 * MILLISECOND])
    expect(arrivals([link.fates(SIZE, PAYLOAD, 0)])).toEqual([12 * MILLISECOND])
    expect(link.backlog(0)).toBe(SIZE)
    expect(link.backlog(MILLISECOND)).toBe(0)
  })

  test('a queue that is full refuses', () => {
    const fates = fatesOf(linkOf({ bandwidth: 800_000, queueOctets: 250 }), 5, 0)
    expect(reasons(fates)).toEqual(['delivered', 'delivered', 'delivered', 'queue-full', 'queue-full'])
  })

  test('fragments take their headers along', () => {
    const link = linkOf({ bandwidth: 8 * SECOND, mtuOctets: 1500 })
    expect(arrivals([link.fates(3000, PAYLOAD, 0)])).toEqual([3040])
  })

  test('what is lost on the way has used the line', () => {
    const fault: ScriptedFault = { matches: () => true, nth: 1, count: 1, action: 'drop' }
    const [, second] = fatesOf(linkOf({ bandwidth: 800_000, script: [fault] }), 2, 0)
    expect(arrivals([second ?? []])).toEqual([2 * MILLISECOND])
  })
})

describe('duplication and corruption', () => {
  test('a copy arrives with the original or, by its own distribution, later', () => {
    const draws = 20_000
    const fates = fatesOf(linkOf({ duplication: 0.2 }), draws)
    near(fates.filter((copies) => copies.length === 2).length, draws, 0.2)
    const late = fatesOf(linkOf({ duplication: 1, duplicateDelay: { kind: 'constant', latency: 7 }, reordering: true }), 2, 5)
    expect(late.map((copies) => arrivals([copies]))).toEqual([
      [0, 7],
      [5, 12],
    ])
  })

  test('in an ordered direction nothing overtakes a copy', () => {
    const ordered = fatesOf(linkOf({ duplication: 1, duplicateDelay: { kind: 'constant', latency: 7 } }), 2, 5)
    expect(ordered.map((copies) => arrivals([copies]))).toEqual([
      [0, 7],
      [7, 14],
    ])
  })

  test('one bit of the payload, each alike', () => {
    const bits = 8 * (SIZE - 28)
    const seen = new Array<number>(bits).fill(0)
    const draws = 100 * bits
    const fates = fatesOf(linkOf({ corruption: 0.5 }), draws).map(([first]) => (first?.fate === 'deliver' ? first.flipBit : NaN))
    for (const bit of fates) if (bit >= 0) seen[bit]! += 1
    near(fates.filter((bit) => bit >= 0).length, draws, 0.5)
    // Chi-square with bits - 1 degrees of freedom, within 4 of its standard deviations.
    const chiSquare = seen.reduce((sum, count) => sum + ((count - 50) * (count - 50)) / 50, 0)
    expect(Math.abs(chiSquare - (bits - 1))).toBeLessThan(4 * Math.sqrt(2 * (bits - 1)))
  })

  test('directly over IP the payload begins eight octets earlier', () => {
    const corrupting = linkOf({ corruption: 1 })
    const flipped = Array.from({ length: 4000 }, () => {
      const [fate] = corrupting.fates(30, PAYLOAD, 0, true)
      return fate?.fate === 'deliver' ? fate.flipBit : NaN
    })
    expect([Math.min(...flipped), Math.max(...flipped)]).toEqual([0, 79])
  })

  test('an empty payload cannot be corrupted', () => {
    expect(linkOf({ corruption: 1 }).fates(28, new Uint8Array(0), 0)).toEqual([{ fate: 'deliver', at: 0, flipBit: -1 }])
  })
})

describe('blackouts and cuts', () => {
  test('the beginning of a blackout is in it, its end is not', () => {
    const blackouts = [
      { from: 5, until: 7 },
      { from: 2, until: 3 },
      { from: 6, until: 8 },
    ]
    const fates = fatesOf(linkOf({ blackouts }), 10, 1)
    expect(reasons(fates).flatMap((why, i) => (why === 'blackout' ? [i] : []))).toEqual([2, 5, 6, 7])
  })

  test('a cut holds until every cut is healed', () => {
    const link = linkOf({})
    const one = (): string => reasons([link.fates(SIZE, PAYLOAD, 0)])[0]!
    link.cut()
    link.cut()
    link.heal()
    expect([one(), link.cuts]).toEqual(['cut', 1])
    link.heal()
    link.heal()
    expect([one(), link.cuts]).toEqual(['delivered', 0])
  })

  test('what is cut off does not reach the line', () => {
    const link = linkOf({ bandwidth: 800_000 })
    link.cut()
    link.fates(SIZE, PAYLOAD, 0)
    link.heal()
    expect(arrivals([link.fates(SIZE, PAYLOAD, 0)])).toEqual([MILLISECOND])
  })
})

describe('scripted faults', () => {
  const kind =
    (octet: number): ScriptedFault['matches'] =>
    (bytes) =>
      bytes[0] === octet
  const always = (): boolean => true

  function script(
    faults: readonly ScriptedFault[],
    payloads: readonly number[],
    spec: Partial<LinkSpec> = {},
  ): readonly (readonly Fate[])[] {
    const link = linkOf({ ...spec, script: faults })
    return payloads.map((octet, i) => link.fates(SIZE, Uint8Array.of(octet), i).map((fate) => ({ ...fate })))
  }

  test('the nth of a kind, and so many from there on', () => {
    const fates = script([{ matches: kind(7), nth: 2, count: 2, action: 'drop' }], [7, 1, 7, 1, 7, 7])
    expect(reasons(fates)).toEqual(['delivered', 'delivered', 'scripted', 'delivered', 'scripted', 'delivered'])
  })

  test('all that follow', () => {
    expect(reasons(script([{ matches: always, nth: 2, count: Infinity, action: 'drop' }], [1, 1, 1]))).toEqual([
      'delivered',
      'scripted',
      'scripted',
    ])
  })

  test('a delayed packet may be overtaken, and holds nobody back', () => {
    const fates = script([{ matches: kind(7), nth: 1, count: 1, action: 'delay', by: 100 }], [7, 1])
    expect(arrivals(fates)).toEqual([100, 1])
  })

  test('a duplicate comes so much later', () => {
    const fates = script([{ matches: kind(7), nth: 1, count: 1, action: 'duplicate', by: 50 }], [7, 1])
    expect(fates.map((copies) => arrivals([copies]))).toEqual([[0, 50], [1]])
  })

  test('a corrupted packet: the bit named, or any', () => {
    const fates = script(
      [
        { matches: kind(7), nth: 1, count: 1, action: 'corrupt', bit: 13 },
        { matches: kind(8), nth: 1, count: 1, action: 'corrupt' },
      ],
      [7, 8],
    )
    expect(fates[0]).toEqual([{ fate: 'deliver', at: 0, flipBit: 13 }])
    expect(fates[1]![0]).toMatchObject({
      fate: 'deliver',
      flipBit: expect.toSatisfy((bit: number) => bit >= 0 && bit < 576) as number,
    })
    const beyond = script([{ matches: always, nth: 1, count: 1, action: 'corrupt', bit: 576 }], [7])
    expect(beyond[0]).toEqual([{ fate: 'deliver', at: 0, flipBit: -1 }])
  })

  test('several faults of one packet add up; to be dropped comes first', () => {
    const both: readonly ScriptedFault[] = [
      { matches: always, nth: 1, count: 1, action: 'delay', by: 3 },
      { matches: always, nth: 1, count: 2, action: 'delay', by: 4 },
      { matches: kind(2), nth: 1, count: 1, action: 'drop' },
    ]
    expect(arrivals(script(both, [1]))).toEqual([7])
    expect(reasons(script(both, [1, 2]))).toEqual(['delivered', 'scripted'])
  })

  test('packets that are lost otherwise count, too', () => {
    const fates = script([{ matches: always, nth: 2, count: 1, action: 'drop' }], [1, 1, 1], {
      blackouts: [{ from: 0, until: 1 }],
    })
    expect(reasons(fates)).toEqual(['blackout', 'scripted', 'delivered'])
  })

  test('a fault added at run time counts from then on', () => {
    const link = linkOf({})
    link.fates(SIZE, PAYLOAD, 0)
    link.addFault({ matches: always, nth: 1, count: 1, action: 'drop' })
    expect(reasons([link.fates(SIZE, PAYLOAD, 1), link.fates(SIZE, PAYLOAD, 2)])).toEqual(['scripted', 'delivered'])
  })

  test('a fault that could hit nothing is refused', () => {
    for (const wrong of [{ nth: 0 }, { nth: 1.5 }, { count: 0 }, { by: -1 }]) {
      expect(() => linkOf({ script: [{ matches: always, nth: 1, count: 1, action: 'drop', ...wrong }] })).toThrow(
        'scripted fault',
      )
    }
  })
})

describe('common random numbers', () => {
  const base: Partial<LinkSpec> = { reordering: true, latency: { kind: 'uniform', least: 0, most: SECOND }, loss: 0.1 }
  const extras: Readonly<Record<string, Partial<LinkSpec>>> = {
    duplication: { duplication: 0.5, duplicateDelay: { kind: 'exponential', minimum: 0, mean: 5 } },
    corruption: { corruption: 0.5 },
    bandwidth: { bandwidth: 1e9 },
    mtu: { mtuOctets: 1500 },
    cut: { blackouts: [{ from: 0, until: 100 }] },
    script: {
      script: [
        { matches: () => true, nth: 3, count: 5, action: 'drop' },
        { matches: () => true, nth: 20, count: 5, action: 'corrupt' },
      ],
    },
  }

  /** By datagram: its latency, or NaN when it did not arrive. */
  const luck = (spec: Partial<LinkSpec>): readonly number[] => {
    const link = linkOf(spec)
    return Array.from({ length: 1000 }, (_, i) => {
      const [first] = link.fates(SIZE, PAYLOAD, i * SECOND)
      return first?.fate === 'deliver' ? first.at - i * SECOND : NaN
    })
  }

  const expected = luck(base)

  for (const [name, extra] of Object.entries(extras)) {
    test(`${name} on or off: latency and loss of all others stay`, () => {
      const found = luck({ ...base, ...extra })
      const transmission = extra.bandwidth === undefined ? 0 : SIZE * 8
      // What the extra impairment itself took away is not compared.
      const both = expected.flatMap((latency, i) =>
        Number.isNaN(found[i]) && name !== 'mtu' ? [] : [[latency, found[i]! - transmission]],
      )
      expect(both.length).toBeGreaterThan(850)
      for (const [one, other] of both) expect(other).toBe(one)
    })
  }

  test('loss on or off: latencies of what arrives stay', () => {
    const certain = luck({ ...base, loss: 0 })
    expected.forEach((latency, i) => {
      if (!Number.isNaN(latency)) expect(certain[i]).toBe(latency)
    })
  })

  test('more loss loses what was lost before, and more', () => {
    const more = luck({ ...base, loss: 0.3 })
    expected.forEach((latency, i) => {
      if (Number.isNaN(latency)) expect(more[i]).toBeNaN()
    })
  })

  test('what is no probability is refused', () => {
    expect(() => linkOf({ loss: 1.5 })).toThrow('no probability')
    expect(() => linkOf({ corruption: -0.1 })).toThrow('no probability')
  })
})

describe('impairments that end', () => {
  test('from that instant on nothing is lost, doubled, damaged or overtaken', () => {
    const latency: LinkSpec['latency'] = { kind: 'uniform', least: 0, most: 20 * MILLISECOND }
    const impaired: Partial<LinkSpec> = { loss: 0.5, duplication: 0.5, corruption: 0.5, reordering: true, latency, impairedUntil: SECOND }
    const fates = fatesOf(linkOf(impaired), 2000)
    expect(fates.slice(0, 1000)).toEqual(fatesOf(linkOf({ ...impaired, impairedUntil: Infinity }), 1000))
    expect(countOf(fates.slice(0, 1000), 'loss')).toBeGreaterThan(400)
    const after = fates.slice(1000)
    expect(after.every((copies) => copies.length === 1 && copies[0]?.fate === 'deliver' && copies[0].flipBit === -1)).toBe(true)
    expect(arrivals(after)).toEqual(arrivals(after).toSorted((a, b) => a - b))
  })
})
