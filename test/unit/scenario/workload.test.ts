// The workload: tunnels dialled and redialled, calls placed, held, hung up and placed again, when the scenario says.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { known, pairOf, tell, type Story } from '../endpoint/story.ts'

/** Instants in ms. */
const ms = (times: readonly number[]): readonly number[] => times.map((at) => at / MILLISECOND)
const dialled = ({ times }: Story): readonly number[] => ms(times('command', { command: 'open-tunnel' }))
const placed = ({ times }: Story): readonly number[] => ms(times('command', { command: 'place-call' }))
const crash = (endpoint: string, at: string, plane = 'both'): string =>
  `kind: crash, endpoint: ${endpoint}, plane: ${plane}, at: ${at}`

describe('tunnels', () => {
  test('are dialled at their instants, so many of each pair with the spacing over all', () => {
    const story = tell(`
duration: 10s
endpoints: { lac: { role: LAC, count: 3 }, lns1: { role: LNS } }
links: [{ between: [lac, lns1], latency: 10ms }]
tunnels: [{ from: lac, to: lns1, at: 1s, count: 2, spacing: 250ms }, { from: lns1, to: lac3, at: 4s }]
`)
    expect(dialled(story)).toEqual([1000, 1250, 1500, 1750, 2000, 2250, 4000])
    expect(story.all('command', { command: 'open-tunnel' }).map(({ endpoint }) => endpoint)).toEqual([
      'lac1',
      'lac1',
      'lac2',
      'lac2',
      'lac3',
      'lac3',
      'lns1',
    ])
    expect(story.result.endpoints.map(({ tunnels }) => tunnels.length)).toEqual([2, 2, 3, 7])
  })

  test('are not dialled again without `redial`', () => {
    const story = tell(pairOf({ faults: ['kind: close-tunnel, endpoint: lac1, at: 5s'] }))
    expect(dialled(story)).toEqual([0])
  })

  test('are dialled again so long after they are lost, up to the limit', () => {
    const faults = [2, 4, 6, 8].map((at, i) => `kind: close-tunnel, endpoint: lac1, tunnel: ${String(i + 1)}, at: ${String(at)}s`)
    const twice = tell(pairOf({ tunnel: 'redial: { after: 700ms, limit: 2 },', sessions: '{ at: 100ms }', faults }))
    expect(dialled(twice)).toEqual([0, 2700, 4700])
    expect(placed(twice)).toEqual([100, 2800, 4800])
    const always = tell(pairOf({ tunnel: 'redial: { after: 700ms, limit: all },', faults }))
    expect(dialled(always)).toEqual([0, 2700, 4700, 6700, 8700])
    expect(always.result.endpoints.map(({ tunnels }) => tunnels.length)).toEqual([1, 1])
  })

  test('closed by the other side are lost too', () => {
    const story = tell(pairOf({ tunnel: 'redial: { after: 700ms },', faults: ['kind: close-tunnel, endpoint: lns1, at: 2s'] }))
    expect(dialled(story)).toEqual([0, 2710])
  })

  test('that could not be opened because the endpoint is down count as lost: every attempt, to the limit', () => {
    const lac = 'restart: { after: never }'
    const story = tell(pairOf({ lac, tunnel: 'at: 2s, redial: { after: 1s, limit: 3 },', faults: [crash('lac1', '1s')] }))
    expect(dialled(story)).toEqual([2000, 3000, 4000, 5000])
    expect(story.all('tunnel')).toEqual([])
  })

  test('that a restarted endpoint has forgotten are dialled again, with their calls', () => {
    const lac = 'restart: { after: 1s, persistent: false }'
    const story = tell(pairOf({
      lac,
      tunnel: 'redial: { after: 500ms },',
      sessions: '{ count: 2, at: 100ms }',
      faults: [crash('lac1', '5s')],
      lns: 'l2tp: { helloInterval: 5s }',
      duration: '120s',
    }))
    expect(dialled(story)).toEqual([0, 6500])
    expect(placed(story)).toEqual([100, 100, 6600, 6600])
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([2, 2])
  })

  test('that are restored are not', () => {
    const story = tell(pairOf({
      lac: 'restart: { after: 1s }',
      tunnel: 'redial: { after: 500ms },',
      faults: [crash('lac1', '5s')],
    }))
    expect(dialled(story)).toEqual([0])
  })

  test('answered twice, because the answering side failed in between, have their calls and traffic at both sides', () => {
    const lns = 'restart: { after: 100ms, persistent: false }'
    const faults = ['kind: crash, endpoint: lns1, plane: both, when: { endpoint: lns1, receives: SCCRQ }, delay: 1ms']
    const script = 'script: [{ drop: { message: SCCRP } }]'
    const sessions = '{ call: outgoing, traffic: { rate: 10/s, end: 1s } }'
    const story = tell(pairOf({ lns, link: script, sessions, faults }))
    expect(story.result.endpoints.map((tables) => tables.sessions.length)).toEqual([1, 1])
    expect(story.all('sent', { endpoint: 'lns1', plane: 'data' })).toHaveLength(11)
  })
})

describe('calls', () => {
  test('are placed at their instants with their spacing, counted from when the tunnel is asked for', () => {
    const story = tell(pairOf({
      tunnel: 'at: 2s,',
      sessions: '[{ count: 3, at: 1s, spacing: 50ms }, { count: 2, at: 1.02s, spacing: 5s }]',
    }))
    expect(placed(story)).toEqual([3000, 3020, 3050, 3100, 8020])
  })

  test('wait for their tunnel', () => {
    const story = tell(pairOf({ sessions: '{ count: 2 }' }))
    expect(placed(story)).toEqual([0, 0])
    // SCCRQ and SCCRP take 20 ms; slow start lets one message go for each acknowledgement (RFC 2661 appendix A).
    expect(story.sent('lac1', 'ICRQ').map(({ at }) => at)).toEqual([20 * MILLISECOND, 40 * MILLISECOND])
  })

  test('of the answering side are placed when it knows the tunnel, and no sooner than they are due', () => {
    const story = tell(pairOf({
      sessions: '[{ call: outgoing, count: 3, spacing: 1s }, { call: outgoing, at: 5ms }, { call: outgoing, at: 2s }]',
    }))
    expect(story.all('command', { command: 'place-call' }).map(({ endpoint, at }) => [endpoint, at / MILLISECOND])).toEqual(
      [10, 10, 1000, 2000, 2000].map((at) => ['lns1', at]),
    )
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([5, 5])
  })

  test('end after their hold time, by the side that is named', () => {
    for (const [side, endpoint, start] of [['LAC', 'lac1', 120], ['LNS', 'lns1', 130]] as const) {
      const story = tell(pairOf({ sessions: `{ at: 100ms, holdTime: 3s, hangUpBy: ${side} }` }))
      expect(story.one('session', { endpoint, event: 'established' }).at).toBe(start * MILLISECOND)
      expect(story.one('command', { command: 'hang-up' })).toMatchObject({ endpoint, at: (start + 3000) * MILLISECOND })
      expect(story.sent(endpoint, 'CDN')).toHaveLength(1)
      expect(story.all('session', { event: 'closed' })).toHaveLength(2)
    }
  })

  test.each(['holdTime: 4s', ''])('a call that ends while the control plane is down sends nothing more, and the peer is told after the recovery (%s)', (hold) => {
    const sessions = `[{ ${hold === '' ? '' : `${hold}, `}at: 1s, traffic: { rate: 10/s } }, { at: 1s, traffic: { rate: 10/s } }]`
    const faults = ['kind: crash, endpoint: lac1, at: 4s, plane: control', ...(hold === '' ? ['kind: hang-up, endpoint: lac1, at: 5s'] : [])]
    const story = tell(pairOf({ lac: 'restart: { after: 2s }', sessions, faults, duration: '20s' }))
    const restarted = 6 * SECOND
    expect(story.one('command', { command: 'hang-up' })).toMatchObject({ endpoint: 'lac1', at: restarted, session: 1 })
    const reset = story.one('controlReset', { endpoint: 'lac1' }).at
    expect(story.sent('lac1', 'CDN').map(({ at }) => at)).toEqual([reset])
    expect(story.all('session', { event: 'closed' }).map(({ endpoint, session, why }) => [endpoint, session, why])).toEqual([
      ['lac1', 1, 'cdn-sent'],
      ['lns1', 1, 'cdn-received'],
    ])
    const hungUp = hold === '' ? 5 * SECOND : story.one('session', { endpoint: 'lac1', session: 1, event: 'established' }).at + 4 * SECOND
    const sent = story.all('sent', { endpoint: 'lac1', plane: 'data', session: 1 }).map(({ at }) => at)
    expect(sent.length).toBeGreaterThan(30)
    expect(sent.filter((at) => at > hungUp)).toEqual([])
    expect(story.all('sent', { endpoint: 'lac1', plane: 'data', session: 2 }).length).toBeGreaterThan(150)
  })

  test('that end as planned are not placed again', () => {
    const story = tell(pairOf({ sessions: '{ at: 100ms, holdTime: 3s, hangUpBy: LNS, recall: { after: 1s } }' }))
    expect(placed(story)).toEqual([100])
  })

  test('that are lost are placed again up to the limit, each for its hold time', () => {
    const hangUp = (nth: number, at: number): string =>
      `kind: hang-up, endpoint: lac1, session: ${String(nth)}, at: ${String(at)}s`
    const faults = [hangUp(1, 2), hangUp(2, 4), hangUp(3, 6), hangUp(4, 8)]
    expect(placed(tell(pairOf({
      sessions: '{ at: 100ms, recall: { after: 500ms, limit: 2 } }',
      faults,
    })))).toEqual([100, 2500, 4500])
    expect(placed(tell(pairOf({
      sessions: '{ at: 100ms, recall: { after: 500ms, limit: all } }',
      faults,
    })))).toEqual([100, 2500, 4500, 6500, 8500])
    // Lost at 2 s, recalled at 5 s: the hold time of the lost call, over at 3.12 s, is none of the new one's business.
    const held = tell(pairOf({ sessions: '{ at: 100ms, holdTime: 3s, recall: { after: 3s } }', faults: faults.slice(0, 1) }))
    expect(placed(held)).toEqual([100, 5000])
    // The first is that of the fault.
    expect(ms(held.times('command', { command: 'hang-up' }))).toEqual([2000, 8020])
  })

  test('cleared because the other side forgot them are placed again', () => {
    const faults = ['kind: forget-sessions, endpoint: lns1, at: 5s', 'kind: query-sessions, endpoint: lac1, at: 6s']
    const story = tell(pairOf({ sessions: '{ count: 3, at: 100ms, recall: { after: 1s } }', faults }))
    expect(placed(story)).toEqual([100, 100, 100, 7020, 7020, 7020])
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([3, 3])
  })

  test('that could not be placed because the endpoint was down are placed again', () => {
    const lac = 'restart: { after: 2s }'
    const story = tell(pairOf({
      lac,
      sessions: '[{ at: 6s, recall: { after: 300ms, limit: all } }, { at: 6s }]',
      faults: [crash('lac1', '5s', 'control')],
    }))
    expect(placed(story)).toEqual([6000, 6000, 6300, 6600, 6900, 7200])
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([1, 1])
  })

  test('that a restarted endpoint has forgotten are placed again in the tunnel it still has', () => {
    const lac = 'backup: { mode: same-address, detectionDelay: 0, takeoverTime: 100ms, mirror: { carries: tunnels } }'
    const story = tell(pairOf({
      lac,
      sessions: '{ count: 2, at: 100ms, recall: { after: 3s } }',
      faults: [crash('lac1', '5s', 'control')],
    }))
    expect(placed(story)).toEqual([100, 100, 8100, 8100])
    expect(dialled(story)).toEqual([0])
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([2, 2])
  })

  test('placed by a fault behave like those of the first group', () => {
    const sessions = '{ at: 100ms, holdTime: 2s, traffic: { rate: 10/s, end: 500ms, direction: up } }'
    const story = tell(pairOf({ sessions, faults: ['kind: call, endpoint: lac1, sequenced: true, at: 5s'] }))
    const [, placedByFault] = story.all('session', { endpoint: 'lac1', event: 'established' })
    expect(placedByFault).toMatchObject({ at: 5.02 * SECOND, sequenced: true })
    expect(story.all('sent', { endpoint: 'lac1', plane: 'data', session: known(placedByFault).session })).toHaveLength(6)
    expect(ms(story.times('command', { command: 'hang-up' }))).toEqual([2120, 7020])
  })
})
