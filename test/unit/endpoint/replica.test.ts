// Who serves when: failure, detection, takeover, restart (RFC 4951 2), to the nanosecond in the trace.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, SECOND } from '../../../sim/base/time.ts'
import { pairOf, tell, type Story } from './story.ts'

/** `ms replica state: why` of each record after the beginning; what only announces a rounded duration without it. */
const roles = ({ all }: Story): readonly string[] =>
  all('replica', { endpoint: 'lns1' })
    .filter(({ at }) => at > 0)
    .map(({ at, replica, state, why }) => {
      const because = why.startsWith('within') ? '' : `: ${why}`
      return `${String(at / MILLISECOND)} ${replica} ${state}${because}`
    })
/** `ms plane up|down` of the LNS. */
const planes = ({ all }: Story): readonly string[] =>
  all('plane', { endpoint: 'lns1' }).map(({ at, plane, up }) => `${String(at / MILLISECOND)} ${plane} ${up ? 'up' : 'down'}`)
const crash = (plane: string, at: string): string => `kind: crash, endpoint: lns1, plane: ${plane}, at: ${at}`
const SESSIONS = '{ count: 2, at: 1s }'
const backup = (more = ''): string =>
  `backup: { mode: same-address, detectionDelay: 123456789ns, takeoverTime: 300000001ns, ${more} }`

describe('with a backup', () => {
  test('R4951-2-01 R4951-2-04 detection and takeover take their times to the nanosecond; then the old node stands by', () => {
    const story = tell(pairOf({ lns: backup(), sessions: SESSIONS, faults: [crash('control', '5s')] }))
    expect(story.all('replica', { endpoint: 'lns1' }).filter(({ at }) => at === 0).map(({ replica, state }) => [replica, state]))
      .toEqual([['primary', 'active'], ['backup', 'standby']])
    expect(roles(story)).toEqual([
      '5000 primary failed: crash',
      '5000 backup detecting',
      '5123.456789 backup taking-over',
      '5423.45679 backup active: takeover',
      '7423.45679 primary standby: restart',
    ])
    expect(story.times('plane', { plane: 'control', up: true })).toEqual([5_423_456_790])
    const [request] = story.sent('lns1', 'SCCRQ')
    expect(request?.at).toBe(5_423_456_790)
  })

  test('a planned switchover needs no detection', () => {
    const story = tell(pairOf({ lns: backup(), sessions: SESSIONS, faults: ['kind: switchover, endpoint: lns1, at: 5s'] }))
    expect(roles(story).slice(0, 3)).toEqual([
      '5000 primary failed: switchover',
      '5000 backup taking-over',
      '5300.000001 backup active: takeover',
    ])
    expect(story.result.metrics).toMatchObject({ sessionsKept: 2, sessionsLost: 0 })
  })

  test('the failed node comes back as the backup: the next failure goes back to it', () => {
    const lns = `restart: { after: 1s }, backup: { mode: same-address, detectionDelay: 0, takeoverTime: 500ms }`
    const story = tell(pairOf({ lns, sessions: SESSIONS, faults: [crash('control', '5s'), crash('control', '10s')] }))
    expect(roles(story)).toEqual([
      '5000 primary failed: crash',
      '5000 backup detecting',
      '5000 backup taking-over',
      '5500 backup active: takeover',
      '6500 primary standby: restart',
      '10000 backup failed: crash',
      '10000 primary detecting',
      '10000 primary taking-over',
      '10500 primary active: takeover',
      '11500 backup standby: restart',
    ])
    expect(story.result.metrics).toMatchObject({ sessionsKept: 2, sessionsLost: 0, tunnelsRecovered: 2 })
  })

  test('a second failure before the old node is back: the failed one itself restarts, then the other stands by', () => {
    const lns = `restart: { after: 3s }, backup: { mode: same-address, detectionDelay: 100ms, takeoverTime: 100ms }`
    const story = tell(pairOf({ lns, sessions: SESSIONS, faults: [crash('control', '5s'), crash('control', '6s')] }))
    expect(roles(story).slice(4)).toEqual([
      '6000 backup failed: crash',
      '6000 backup restarting',
      '9000 backup active: restart',
      '12000 primary standby: restart',
    ])
    expect(story.result.metrics).toMatchObject({ sessionsKept: 2, sessionsLost: 0 })
  })

  test.each([
    ['detection', '5.05s'],
    ['takeover', '5.15s'],
  ])('a crash during %s loses the backup too: the failed node restarts', (_, second) => {
    const lns = `restart: { after: 1s }, backup: { mode: same-address, detectionDelay: 100ms, takeoverTime: 100ms }`
    const story = tell(pairOf({ lns, sessions: SESSIONS, faults: [crash('control', '5s'), crash('control', second)] }))
    const at = 1000 * Number(second.slice(0, -1))
    expect(roles(story).slice(second === '5.05s' ? 2 : 3)).toEqual([
      `${String(at)} primary failed: crash`,
      `${String(at)} primary restarting`,
      `${String(at + 1000)} primary active: restart`,
      `${String(at + 2000)} backup standby: restart`,
    ])
    expect(planes(story)).toEqual(['5000 control down', `${String(at + 1000)} control up`])
    expect(story.result.metrics).toMatchObject({ sessionsKept: 2 })
  })

  test('with the backup lost too and no persistent storage nothing is left to recover', () => {
    const lns = `restart: { after: 1s, persistent: false }, backup: { mode: same-address }`
    const story = tell(pairOf({ lns, sessions: SESSIONS, faults: [crash('control', '5s'), crash('control', '5.1s')] }))
    expect(story.all('tunnel', { event: 'restored' })).toEqual([])
    expect(story.sent('lns1', 'SCCRQ')).toEqual([])
  })

  test('a node that never comes back does not stand by: after its backup has failed nobody serves', () => {
    const lns = `restart: { after: never }, backup: { mode: same-address, detectionDelay: 0, takeoverTime: 0 }`
    const story = tell(pairOf({
      lns,
      sessions: SESSIONS,
      faults: [crash('control', '5s'), crash('control', '7s')],
      duration: '200s',
    }))
    expect(roles(story).slice(-2)).toEqual(['5000 backup active: takeover', '7000 backup failed: crash'])
    expect(planes(story)).toEqual(['5000 control down', '5000 control up', '7000 control down'])
    expect(story.result.endpoints[1]?.controlPlane).toBe('down')
    expect(story.result.endpoints[0]?.tunnels).toEqual([])
  })
})

describe('without a backup', () => {
  test('R4951-2-02 the node restarts after its time and recovers from persistent storage, up to what happened last', () => {
    const story = tell(pairOf({ lns: 'restart: { after: 1234567891ns }', sessions: SESSIONS, faults: [crash('control', '5s')] }))
    expect(roles(story)).toEqual(['5000 primary failed: crash', '5000 primary restarting', '6234.567891 primary active: restart'])
    expect(story.result.metrics).toMatchObject({ tunnelsRecovered: 1, sessionsKept: 2 })
  })

  test('what is written to storage has no lag: a call set up an instant before the failure is known', () => {
    const faults = ['kind: crash, endpoint: lns1, plane: control, when: { endpoint: lns1, receives: ICCN, nth: 2 }']
    const story = tell(pairOf({ lns: 'restart: { after: 1s }', sessions: '{ count: 2, at: 1s }', faults }))
    expect(story.all('session', { endpoint: 'lns1', event: 'restored' })).toHaveLength(2)
  })

  test('R4951-2-02 without persistence nothing is recovered, and the peer finds out by itself', () => {
    const story = tell(pairOf({
      lns: 'restart: { after: 1s, persistent: false }',
      lac: 'l2tp: { helloInterval: 10s }',
      sessions: SESSIONS,
      faults: [crash('both', '5s')],
      duration: '150s',
    }))
    expect(planes(story)).toEqual(['5000 control down', '5000 data down', '6000 control up', '6000 data up'])
    expect(story.all('recovery', { endpoint: 'lns1' })).toEqual([])
    expect(story.one('tunnel', { endpoint: 'lac1', event: 'closed' }).why).toBe('retransmission-limit')
  })

  test('a node that never restarts stays away, until a `restart` fault brings it back at once', () => {
    const faults = [crash('both', '5s'), 'kind: restart, endpoint: lns1, at: 9s']
    const down = tell(pairOf({
      lns: 'restart: { after: never }',
      sessions: SESSIONS,
      faults: faults.slice(0, 1),
      duration: '8s',
    }))
    expect(roles(down)).toEqual(['5000 primary failed: crash'])
    const back = tell(pairOf({ lns: 'restart: { after: never }', sessions: SESSIONS, faults, duration: '30s' }))
    expect(planes(back)).toEqual(['5000 control down', '5000 data down', '9000 control up', '9000 data up'])
    expect(back.result.metrics).toMatchObject({ tunnelsRecovered: 1, sessionsKept: 2 })
  })

  test('a `restart` fault reboots a running node: both planes go, and come back after its restart time', () => {
    const story = tell(pairOf({
      lns: 'restart: { after: 700ms }',
      sessions: SESSIONS,
      faults: ['kind: restart, endpoint: lns1, at: 5s'],
    }))
    expect(planes(story)).toEqual(['5000 control down', '5000 data down', '5700 control up', '5700 data up'])
    expect(roles(story)).toEqual(['5000 primary restarting', '5700 primary active: restart'])
    expect(story.result.metrics).toMatchObject({ sessionsKept: 2 })
  })

  test('a crash while it restarts begins the restart anew', () => {
    const story = tell(pairOf({
      lns: 'restart: { after: 1s }',
      sessions: SESSIONS,
      faults: [crash('control', '5s'), crash('control', '5.9s')],
    }))
    expect(story.times('plane', { plane: 'control', up: true })).toEqual([6.9 * SECOND])
  })
})

describe('planes', () => {
  test('R4951-2-05 control only: data goes on', () => {
    const story = tell(pairOf({ lns: backup(), sessions: SESSIONS, faults: [crash('control', '5s')] }))
    expect(planes(story)).toEqual(['5000 control down', '5423.45679 control up'])
  })

  test('R4951-2-05 data only: control goes on, and data comes back after its restart time', () => {
    const story = tell(pairOf({
      lns: `dataPlane: { restartTime: 250ms }, ${backup()}`,
      sessions: SESSIONS,
      faults: [crash('data', '5s')],
    }))
    expect(planes(story)).toEqual(['5000 data down', '5250 data up'])
    expect(roles(story)).toEqual([])
    expect(story.sent('lns1', 'SCCRQ')).toEqual([])
  })

  test('R4951-2-05 both: data comes back its restart time after control', () => {
    const story = tell(pairOf({
      lns: `dataPlane: { restartTime: 250ms }, ${backup()}`,
      sessions: SESSIONS,
      faults: [crash('both', '5s')],
    }))
    expect(planes(story)).toEqual(['5000 control down', '5000 data down', '5423.45679 control up', '5673.45679 data up'])
  })

  test('a data plane that does not survive the control plane fails and comes back with it', () => {
    const lns = `dataPlane: { survivesControlFailure: false }, ${backup()}`
    for (const [fault, back] of [
      [crash('control', '5s'), '5423.45679'],
      ['kind: switchover, endpoint: lns1, at: 5s', '5300.000001'],
    ] as const) {
      const story = tell(pairOf({ lns, sessions: SESSIONS, faults: [fault] }))
      expect(planes(story)).toEqual(['5000 control down', '5000 data down', `${back} control up`, `${back} data up`])
    }
  })

  test('a crash of a data plane that is down already changes nothing', () => {
    const lns = `restart: { after: 2s }`
    const story = tell(pairOf({ lns, sessions: SESSIONS, faults: [crash('both', '5s'), crash('data', '6s')] }))
    expect(planes(story)).toEqual(['5000 control down', '5000 data down', '7000 control up', '7000 data up'])
  })
})

describe('why', () => {
  test('every step of a failover leads back to the fault', () => {
    const story = tell(pairOf({
      lns: `dataPlane: { restartTime: 250ms }, ${backup()}`,
      sessions: SESSIONS,
      faults: [crash('both', '5s')],
    }))
    const fault = story.one('fault')
    const later = [...story.all('replica').filter(({ at }) => at > 0), ...story.all('plane'), ...story.sent('lns1', 'SCCRQ')]
    for (const record of later) expect(story.why(record).at(-1), record.kind).toBe(fault)
    const data = story.one('plane', { plane: 'data', up: true })
    expect(story.why(data).map(({ kind }) => kind)).toEqual(['plane', 'replica', 'replica', 'replica', 'fault'])
  })

  test('what has nothing to do with the failover does not lead back to it', () => {
    const story = tell(pairOf({
      lns: backup(),
      lac: 'l2tp: { helloInterval: 9s }',
      sessions: SESSIONS,
      faults: [crash('control', '5s'), 'kind: hang-up, endpoint: lns1, at: 15s'],
    }))
    const [hangUp] = story.all('fault', { name: 'hang-up' })
    expect(story.why(story.sent('lns1', 'CDN')[0]!).at(-1)).toBe(hangUp)
  })
})

describe('a successor that is configured otherwise', () => {
  /** Host Name, Router ID and digest key are told by whether the LAC takes the recovery for the LNS’s. */
  const steps = (settings: string, successor: string): readonly string[] => {
    const story = tell(pairOf({
      lac: `l2tp: { ${settings} }`,
      lns: `${backup()}, l2tp: { ${settings} }, successor: { ${successor} }`,
      sessions: SESSIONS,
      faults: [crash('control', '5s')],
      duration: '8s',
    }))
    return story.all('recovery', { endpoint: 'lac1' }).map(({ step }) => step)
  }

  test.each([
    ['', '', ['offered', 'recovered', 'synchronised']],
    ['', 'hostName: other', ['refused']],
    ['version: 3', 'routerId: 77', ['refused']],
    ['secret: one', 'secret: two', ['offered', 'recovered', 'synchronised']],
    ['secret: one, challenge: true', 'secret: two', ['offered', 'aborted']],
    ['version: 3, secret: one', 'secret: two', []],
  ] as const)('R4951-AMB-71 R4951-AMB-50 with %s, %s: the remote endpoint goes through %j', (settings, successor, expected) => {
    expect(steps(settings, successor)).toEqual(expected)
  })
})
