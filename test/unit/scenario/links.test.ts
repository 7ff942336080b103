// Links as scenarios say them: distributions, and interventions on single packets by message type, kind of tunnel and sender.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, NEVER, SECOND } from '../../../sim/base/time.ts'
import { linkSpec } from '../../../sim/scenario/links.ts'
import { known, pairOf, tell, type Story } from '../endpoint/story.ts'
import { scenarioOf } from './reading.ts'

const scripted = (story: Story): readonly string[] => {
  const sent = new Map(story.all('sent').map((record) => [record.packet, record]))
  return story.all('dropped', { why: 'scripted' }).map(({ packet, where }) => {
    const { at, attempt } = known(sent.get(packet))
    return `${where} ${String(at / MILLISECOND)} attempt ${String(attempt)}`
  })
}

describe('a link direction becomes', () => {
  const forward = (link: string): ReturnType<typeof linkSpec> =>
    linkSpec(scenarioOf(pairOf({ link }).replace('latency: 10ms,', '')).links[0]!.forward, () => 'ordinary')

  test.each([
    ['latency: 5ms', { kind: 'constant', latency: 5 * MILLISECOND }],
    ['latency: { uniform: [1ms, 2ms] }', { kind: 'uniform', least: MILLISECOND, most: 2 * MILLISECOND }],
    ['latency: { normal: { mean: 5ms, deviation: 1ms } }', { kind: 'normal', mean: 5 * MILLISECOND, deviation: MILLISECOND }],
    [
      'latency: { exponential: { mean: 5ms, minimum: 1ms } }',
      { kind: 'exponential', mean: 5 * MILLISECOND, minimum: MILLISECOND },
    ],
    ['latency: { pareto: { minimum: 5ms, shape: 2 } }', { kind: 'pareto', minimum: 5 * MILLISECOND, shape: 2 }],
    [
      'latency: { quantiles: [1ms, 2ms, 9ms] }',
      { kind: 'quantiles', quantiles: [MILLISECOND, 2 * MILLISECOND, 9 * MILLISECOND] },
    ],
  ])('%s', (link, latency) => {
    expect(forward(link).latency).toEqual(latency)
  })

  test('R2661-8.1-04, R3931-4.1.2.3-02: losses, sizes, windows and the checksum, which is on by default, as they are said', () => {
    expect(forward('')).toMatchObject({
      loss: 0,
      burstLoss: undefined,
      bandwidth: NEVER,
      queueOctets: 64_000,
      mtuOctets: 1500,
      checksum: true,
      blackouts: [],
      script: [],
    })
    expect(forward(
      `loss: 2%, bandwidth: 1Mbit/s, queue: 3kB, mtu: 600, checksum: false, duplication: 1%, corruption: 3%,
      blackouts: [{ start: 1s, end: 2s }, { start: 5s }]`,
    ))
      .toMatchObject({
        ...{
          loss: 0.02,
          bandwidth: 1e6,
          queueOctets: 3000,
          mtuOctets: 600,
          checksum: false,
          duplication: 0.01,
          corruption: 0.03,
        },
        blackouts: [{ from: SECOND, until: 2 * SECOND }, { from: 5 * SECOND, until: NEVER }],
      })
    expect(forward('loss: { gilbertElliott: { toBad: 1%, toGood: 20% } }')).toMatchObject({
      loss: 0,
      burstLoss: { toBad: 0.01, toGood: 0.2, lossGood: 0, lossBad: 1 },
    })
  })

  test('a copy is late by a latency of its own only where packets may overtake each other', () => {
    expect(forward('latency: { uniform: [1ms, 2ms] }').duplicateDelay).toEqual({ kind: 'constant', latency: 0 })
    expect(
      forward('latency: { uniform: [1ms, 2ms] }, reordering: true').duplicateDelay,
    ).toEqual({ kind: 'uniform', least: MILLISECOND, most: 2 * MILLISECOND })
  })
})

describe('a script picks', () => {
  const TWO_LACS = (script: string): string => `
duration: 30s
endpoints: { lac: { role: LAC, count: 2 }, lns1: { role: LNS, backup: { mode: same-address } } }
links: [{ between: [lac, lns1], latency: 10ms, script: [${script}] }]
tunnels: [{ from: lac, to: lns1 }]
faults: [{ kind: crash, endpoint: lns1, at: 5s }]
`

  test('the nth SCCCN from lac1: its retransmissions count, other senders do not', () => {
    const once = tell(TWO_LACS('{ drop: { message: SCCCN, from: lac1 } }'))
    expect(scripted(once)).toEqual(['lac1>lns1 20 attempt 1'])
    const second = tell(TWO_LACS('{ drop: { message: SCCCN, from: lac1 } }, { drop: { message: SCCCN, from: lac1, nth: 2 } }'))
    expect(scripted(second)).toEqual(['lac1>lns1 20 attempt 1', 'lac1>lns1 1020 attempt 2'])
  })

  test('without a sender each link and direction counts for itself', () => {
    const story = tell(TWO_LACS('{ drop: { message: SCCCN } }'))
    // The LNS sends its own to complete the recovery tunnels: takeover at 5.5 s, SCCRQ and SCCRP 20 ms.
    expect(scripted(story)).toEqual([
      'lac1>lns1 20 attempt 1',
      'lac2>lns1 20 attempt 1',
      'lns1>lac1 5520 attempt 1',
      'lns1>lac2 5520 attempt 1',
    ])
  })

  test('the kind of tunnel: recovery or ordinary SCCRP, though both come from the LAC or the LNS', () => {
    const drop = (tunnel: string): string => `script: [{ drop: { message: SCCRP, tunnel: ${tunnel} } }]`
    const told = (tunnel: string): readonly string[] =>
      scripted(tell(pairOf({
        link: drop(tunnel),
        lns: 'backup: { mode: same-address }',
        faults: ['kind: crash, endpoint: lns1, at: 5s'],
      })))
    expect(told('ordinary')).toEqual(['lns1>lac1 10 attempt 1'])
    expect(told('recovery')).toEqual(['lac1>lns1 5510 attempt 1'])
    expect(told('any')).toEqual(['lns1>lac1 10 attempt 1', 'lac1>lns1 5510 attempt 1'])
  })

  test('so many in a row, or all that follow', () => {
    expect(scripted(tell(pairOf({
      link: 'script: [{ drop: { message: ICRQ, nth: 2, count: 2 } }]',
      sessions: '{ count: 5, at: 1s, spacing: 100ms }',
    })))
      .map((text) => text.split(' ')[1])).toEqual(['1100', '1200'])
    const all = tell(pairOf({
      link: 'script: [{ drop: { message: ICRQ, count: all } }]',
      sessions: '{ at: 1s }',
      duration: '20s',
    }))
    expect(scripted(all)).toHaveLength(all.sent('lac1', 'ICRQ').length)
  })

  test('data messages, not counted with control', () => {
    const story = tell(pairOf({
      link: 'script: [{ drop: { message: data, from: lns1, nth: 3, count: 2 } }]',
      sessions: '{ at: 1s, traffic: { rate: 10/s } }',
    }))
    const stamps = story.all('data', { endpoint: 'lac1' }).map(({ stamp }) => stamp)
    expect(stamps.slice(0, 4)).toEqual([1, 2, 5, 6])
  })

  test('delay: later by so much, and overtaken', () => {
    const story = tell(pairOf({
      link: 'script: [{ delay: { message: data, from: lac1, nth: 2, by: 150ms } }]',
      sessions: '{ at: 1s, traffic: { rate: 10/s, direction: up } }',
      duration: '3s',
    }))
    expect(story.all('data').slice(0, 4).map(({ at, stamp }) => [at / MILLISECOND, stamp])).toEqual([
      [1030, 1],
      [1230, 3],
      [1280, 2],
      [1330, 4],
    ])
  })

  test('duplicate: twice, the second so much later', () => {
    const story = tell(pairOf({ link: 'script: [{ duplicate: { message: SCCRQ, by: 3ms } }]' }))
    expect(story.all(
      'delivered',
      { endpoint: 'lns1' },
    ).slice(0, 2).map(({ at, copy }) => [at / MILLISECOND, copy])).toEqual([[10, 0], [13, 1]])
    expect(story.all(
      'handled',
      { endpoint: 'lns1', type: 'SCCRQ' },
    ).map(({ verdict }) => verdict)).toEqual(['accepted', 'duplicate'])
  })

  test('corrupt: caught by the UDP checksum, or, without it, given to the decoder with that bit flipped', () => {
    const script = 'script: [{ corrupt: { message: SCCRQ, bit: 3 } }]'
    const caught = tell(pairOf({ link: script }))
    expect(caught.one('dropped', { why: 'checksum' }).at).toBe(10 * MILLISECOND)
    const flipped = tell(pairOf({ link: `checksum: false, ${script}` }))
    expect(flipped.all('delivered', { endpoint: 'lns1' })[0]).toMatchObject({ flippedBit: 3 })
    // Bit 3 is reserved, and ignored (RFC 2661 3.1).
    expect(flipped.result.endpoints.map(({ tunnels }) => tunnels.length)).toEqual([1, 1])
  })

  test('one-way settings: forward and backward differ', () => {
    const story = tell(pairOf({ link: 'forward: { latency: 30ms }, backward: { latency: 1ms }' }))
    expect(story.all('delivered').slice(0, 2).map(({ endpoint, at }) => [
      endpoint,
      at / MILLISECOND,
    ])).toEqual([['lns1', 30], ['lac1', 31]])
  })
})
