// Data traffic of sessions: counts, sizes, directions and ends are exact, and it stops with its session.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND, type Nanos } from '../../../sim/base/time.ts'
import { known, pairOf, tell, type Kind, type Story } from './story.ts'

const data = (story: Story, endpoint: string): readonly Kind<'sent'>[] => story.all('sent', { endpoint, plane: 'data' })
const established = (story: Story, endpoint: string): Nanos => story.one('session', { endpoint, event: 'established' }).at
/** UDP payload of the data, without the L2TP header of an unsequenced message (RFC 2661 3.1: 6 octets). */
const payloads = (sent: readonly Kind<'sent'>[]): readonly number[] => [
  ...new Set(sent.map(({ bytes, padding }) => bytes.length + padding - 6)),
]
const withTraffic = (traffic: string, more = ''): string => `{ at: 1s, ${more} traffic: { ${traffic} } }`

describe('the traffic of a session', () => {
  test('has its rate: one message at establishment and one each interval, to the nanosecond', () => {
    const story = tell(pairOf({ sessions: withTraffic('rate: 3/s'), duration: '11s' }))
    for (const endpoint of ['lac1', 'lns1']) {
      const start = established(story, endpoint)
      const interval = Math.round(SECOND / 3)
      const expected = Array.from({ length: Math.floor((11 * SECOND - start) / interval) + 1 }, (_, i) => start + i * interval)
      expect(data(story, endpoint).map(({ at }) => at)).toEqual(expected)
    }
  })

  test('begins and ends when told, counted from the establishment of the session, both instants included', () => {
    const story = tell(pairOf({ sessions: withTraffic('rate: 10/s, start: 500ms, end: 2s'), duration: '11s' }))
    for (const endpoint of ['lac1', 'lns1']) {
      const start = established(story, endpoint)
      expect(data(story, endpoint).map(({ at }) => (at - start) / MILLISECOND)).toEqual(Array.from(
        { length: 16 },
        (_, i) => 500 + 100 * i,
      ))
    }
  })

  test('has its size, with and without sequence numbers (Ns, Nr and Length: 6 octets more)', () => {
    for (const size of [8, 200, 1400]) {
      const plain = tell(pairOf({ sessions: withTraffic(`rate: 5/s, size: ${String(size)}B`), duration: '4s' }))
      expect(payloads(plain.all('sent', { plane: 'data' }))).toEqual([size])
      const sequenced = tell(pairOf({
        sessions: withTraffic(`rate: 5/s, size: ${String(size)}B`, 'sequenced: true,'),
        duration: '4s',
      }))
      expect(payloads(sequenced.all('sent', { plane: 'data' }))).toEqual([size + 6])
    }
  })

  test('carries something else than IP in the share that is told, spread evenly, and else IPv4 datagrams of the right length and checksum', () => {
    for (const [share, size] of [['20%', 200], ['0%', 8], ['0.75', 28]] as const) {
      const story = tell(pairOf({ sessions: withTraffic(`rate: 10/s, size: ${String(size)}B, nonIp: ${share}`), duration: '11s' }))
      const sent = data(story, 'lac1')
      const carriesIp = sent.map(({ bytes }) => bytes[8] === 0 && bytes[9] === 0x21)
      const every = { '20%': 5, '0%': 0, '0.75': 4 }[share]
      if (every === 0) expect(carriesIp).not.toContain(false)
      else for (let at = 0; at + every <= carriesIp.length; at += every) {
        expect(carriesIp.slice(at, at + every).filter((ip) => !ip)).toHaveLength(share === '20%' ? 1 : 3)
      }
      for (const { bytes, padding } of sent.filter((_, i) => carriesIp[i] === true)) {
        const words = Array.from({ length: 10 }, (_, i) => (bytes[10 + 2 * i]! << 8) | bytes[11 + 2 * i]!)
        expect(words[1]).toBe(bytes.length + padding - 10)
        const sum = words.reduce((total, word) => total + word, 0)
        expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff)
      }
      expect(payloads(sent).toSorted((a, b) => a - b)).toEqual([Math.max(size, 28)])
      expect(story.all('data', { verdict: 'accepted' }).length).toBeGreaterThan(150)
      expect(story.result.metrics.dataLost).toBe(0)
    }
  })

  test.each([['up', 99, 0], ['down', 0, 99], ['both', 99, 99]])('%s: only the side meant sends', (direction, up, down) => {
    const story = tell(pairOf({ sessions: withTraffic(`rate: 10/s, direction: ${direction}`), duration: '10.9s' }))
    // Established at 1.02 s at the LAC, at 1.03 s at the LNS; the last at 10.82 s and 10.83 s.
    expect(['lac1', 'lns1'].map((endpoint) => data(story, endpoint).length)).toEqual([up, down])
  })

  test('directions are those of LAC and LNS, whoever opens the tunnel and places the call', () => {
    const text = pairOf({ sessions: withTraffic('rate: 10/s, direction: down', 'call: outgoing,'), duration: '5s' })
      .replace('from: lac1, to: lns1', 'from: lns1, to: lac1')
    const story = tell(text)
    expect(data(story, 'lac1')).toEqual([])
    expect(data(story, 'lns1').length).toBeGreaterThan(30)
  })

  test('every session has its own', () => {
    const story = tell(pairOf({
      sessions: `[
        { count: 3, at: 1s, traffic: { rate: 10/s, direction: up, end: 1s } },
        { at: 1s, traffic: { rate: 2/s, direction: up, end: 1s } },
        { at: 1s }]`,
    }))
    const counts = new Map<number, number>()
    for (const { session } of data(story, 'lac1')) counts.set(session, (counts.get(session) ?? 0) + 1)
    expect([...counts]).toEqual([[1, 11], [2, 11], [3, 11], [4, 3]])
  })

  test('arrives complete where nothing is lost', () => {
    const story = tell(pairOf({ sessions: withTraffic('rate: 20/s, end: 5s', 'count: 4,') }))
    expect(story.all('data', { endpoint: 'lns1', verdict: 'accepted' })).toHaveLength(4 * 101)
    const stamps = story.all('data', { endpoint: 'lns1', session: 2 }).map(({ stamp }) => stamp)
    expect(stamps).toEqual(Array.from({ length: 101 }, (_, i) => i + 1))
  })
})

describe('when its session goes, traffic', () => {
  const last = (story: Story, endpoint: string): Nanos => known(data(story, endpoint).at(-1)).at

  test('stops at each side as it closes', () => {
    const story = tell(pairOf({
      sessions: withTraffic('rate: 100/s'),
      faults: ['kind: hang-up, endpoint: lac1, at: 3s'],
      duration: '6s',
    }))
    for (const endpoint of ['lac1', 'lns1']) {
      const end = story.one('session', { endpoint, event: 'closed' }).at
      expect(last(story, endpoint)).toBeLessThanOrEqual(end)
      expect(last(story, endpoint)).toBeGreaterThan(end - 11 * MILLISECOND)
    }
  })

  test('goes on while only the control plane is down', () => {
    const faults = ['kind: crash, endpoint: lns1, at: 5s']
    const story = tell(pairOf({ lns: 'restart: { after: never }', sessions: withTraffic('rate: 10/s, end: 9s'), faults }))
    expect(data(story, 'lns1')).toHaveLength(91)
  })

  test('rests while the data plane is down, and goes on in its rhythm when the session has been restored', () => {
    const faults = ['kind: crash, endpoint: lns1, plane: both, at: 5s']
    const story = tell(pairOf({ lns: 'restart: { after: 1s }', sessions: withTraffic('rate: 10/s, end: 9s'), faults }))
    // From 1.03 s each 100 ms; those from 5.03 s to 5.93 s are not sent.
    expect(data(story, 'lns1').map(({ at }) => at / MILLISECOND)).toEqual(
      Array.from({ length: 91 }, (_, i) => 1030 + 100 * i).filter((at) => at < 5000 || at > 6000),
    )
  })

  test('ends for good when the endpoint comes back without the session', () => {
    const faults = ['kind: crash, endpoint: lns1, plane: both, at: 5s']
    const story = tell(pairOf({ lns: 'restart: { after: 1s, persistent: false }', sessions: withTraffic('rate: 10/s'), faults }))
    expect(last(story, 'lns1')).toBeLessThan(5 * SECOND)
  })

  test('a session with the numbers of a lost one has the traffic of one, not of both', () => {
    // Both forget all and number sessions anew; the old source has a tick to come, the new session is up before it.
    const lns = 'restart: { after: 100ms, persistent: false }, l2tp: { sessionIds: lowest-free }'
    const lac = 'restart: { after: 100ms, persistent: false }'
    const tunnel = 'redial: { after: 150ms },'
    const faults = ['kind: crash, endpoint: lns1, plane: both, at: 5s', 'kind: crash, endpoint: lac1, plane: both, at: 5s']
    const story = tell(
      pairOf({ lns, lac, tunnel, faults, sessions: '{ traffic: { rate: 0.2/s } }', duration: '60s' }),
      ['endpoints.lns1.l2tp.sessionIds=lowest-free'],
    )
    const again = known(story.all('session', { endpoint: 'lns1', event: 'established' }).at(-1))
    const expected = Math.floor((60 * SECOND - again.at) / (5 * SECOND)) + 1
    expect(data(story, 'lns1').filter(({ at }) => at >= again.at)).toHaveLength(expected)
  })
})
