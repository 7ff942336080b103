// What a backup knows of the active endpoint when it has to take over: a log of changes that arrives late (RFC 4951 1.1).

import { describe, expect, test } from 'vitest'
import { address } from '../../../sim/base/datagram.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { Mirror } from '../../../sim/endpoint/mirror.ts'
import type { MirroredSession, MirroredTunnel } from '../../../sim/l2tp/mirror-state.ts'
import { PLAIN_DATA } from '../../../sim/l2tp/tunnel.ts'
import { pairOf, tell } from './story.ts'

const capability = { control: true, data: true, recoveryTime: 0 }
const tunnelOf = (localTunnelId: number, peerWindow = 4): MirroredTunnel => ({
  ...{ localTunnelId, peerTunnelId: 100 + localTunnelId, local: address('10.2.0.1', 1701), peer: address('10.1.0.1', 1701) },
  ...{ initiator: false, peerWindow, peerHostName: 'lac1', peerFraming: 3, peerBearer: 3, authenticated: false },
  ...{ version: 2, peerRouterId: 0, peerPseudowires: [], capability, peerCapability: capability },
})
const sessionOf = (localSessionId: number): MirroredSession => ({
  ...{ localSessionId, peerSessionId: 200 + localSessionId, side: 'incoming-lns', sequenced: false, serialNumber: 1 },
  ...{ receives: PLAIN_DATA, sends: PLAIN_DATA },
})
/** `tunnel:session,session` for each tunnel. */
const known = (mirror: Mirror): readonly string[] =>
  mirror.state().tunnels.map(({ tunnel, sessions }) => {
    const numbers = sessions.map(({ localSessionId }) => localSessionId).join()
    return `${String(tunnel.localTunnelId)}:${numbers}`
  })

describe('a mirror', () => {
  test('knows after a failure what is as old as its lag, to the nanosecond, and no more', () => {
    const filled = (): Mirror => {
      const mirror = new Mirror({ lag: 1000, carries: 'sessions' })
      mirror.noteTunnel(100, tunnelOf(1))
      mirror.noteSession(500, 1, sessionOf(7))
      return mirror
    }
    for (const [failure, expected] of [[1099, []], [1100, ['1:']], [1499, ['1:']], [1500, ['1:7']]] as const) {
      const mirror = filled()
      mirror.failAt(failure)
      expect(known(mirror), `failure at ${String(failure)}`).toEqual(expected)
    }
  })

  test('what was on its way when the active endpoint failed never arrives', () => {
    const mirror = new Mirror({ lag: 1000, carries: 'sessions' })
    mirror.noteTunnel(0, tunnelOf(1))
    mirror.noteSession(500, 1, sessionOf(7))
    mirror.failAt(1200)
    mirror.noteSession(5000, 1, sessionOf(8))
    mirror.failAt(9000)
    expect(known(mirror)).toEqual(['1:8'])
  })

  test('forgets with the same lag: a session that has ended is known too long, a closed tunnel takes its sessions along', () => {
    const mirror = new Mirror({ lag: 1000, carries: 'sessions' })
    mirror.noteTunnel(0, tunnelOf(1))
    mirror.noteTunnel(0, tunnelOf(2))
    mirror.noteSession(0, 1, sessionOf(7))
    mirror.noteSession(0, 2, sessionOf(8))
    mirror.noteSessionClosed(2000, 1, 7)
    mirror.noteTunnelClosed(2001, 2)
    mirror.catchUp(1999)
    expect(known(mirror)).toEqual(['1:7', '2:8'])
    mirror.catchUp(2000)
    expect(known(mirror)).toEqual(['1:', '2:8'])
    mirror.catchUp(2001)
    expect(known(mirror)).toEqual(['1:'])
  })

  test('a change of a tunnel keeps its sessions; tables come in order of number; a long log does no harm', () => {
    const mirror = new Mirror({ lag: 10, carries: 'sessions' })
    mirror.noteTunnel(0, tunnelOf(2))
    mirror.noteTunnel(0, tunnelOf(1))
    for (let i = 500; i > 0; i--) mirror.noteSession(1000 - i, 1, sessionOf(i))
    mirror.noteTunnel(1000, tunnelOf(1, 9))
    mirror.catchUp(1000)
    const [first, second] = mirror.state().tunnels
    expect(first?.sessions.map((each) => each.localSessionId)).toEqual(Array.from({ length: 500 }, (_, i) => i + 1))
    expect(first?.tunnel.peerWindow).toBe(9)
    expect(second?.tunnel.localTunnelId).toBe(2)
  })

  test('carries tunnels only, or nothing, when told so', () => {
    for (const [carries, expected] of [['tunnels', ['1:']], ['nothing', []]] as const) {
      const mirror = new Mirror({ lag: 0, carries })
      mirror.noteTunnel(0, tunnelOf(1))
      mirror.noteSession(0, 1, sessionOf(7))
      mirror.failAt(5)
      expect(known(mirror), carries).toEqual(expected)
    }
  })
})

describe('the backup of an LNS', () => {
  const backup = (mirror: string): string => `backup: { mode: same-address, mirror: { ${mirror} } }`
  const CRASH = 'kind: crash, endpoint: lns1, at: 5s'
  const SWITCHOVER = 'kind: switchover, endpoint: lns1, at: 5s'
  /** The second call is set up at 4.5 s, within the lag of 1 s before the failure. */
  const LATE_CALL = '[{ at: 1s }, { at: 4.5s }]'
  const HANG_UP = 'kind: hang-up, endpoint: lac1, session: 1, at: 4.5s'

  test('R4951-3.3-24 knows too little with a lag: the call set up last is cleared at the peer', () => {
    const story = tell(pairOf({ lns: backup('lag: 1s'), sessions: LATE_CALL, faults: [CRASH] }))
    expect(story.all('session', { endpoint: 'lns1', event: 'restored' }).map(({ session }) => session)).toEqual([1])
    const lost = story.one('session', { endpoint: 'lac1', event: 'closed' })
    expect(lost).toMatchObject({ session: 2, why: 'unknown-to-peer' })
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([1, 1])
  })

  test('R4951-3.3-24 knows too much with a lag: the call that ended last is restored, and cleared when queried', () => {
    const story = tell(pairOf({ lns: backup('lag: 1s'), sessions: '{ count: 2, at: 1s }', faults: [HANG_UP, CRASH] }))
    expect(story.all('session', { endpoint: 'lns1', event: 'restored' })).toHaveLength(2)
    expect(story.one('session', { endpoint: 'lns1', event: 'closed', why: 'unknown-to-peer' })).toMatchObject({ session: 1 })
    expect(story.result.endpoints.map(({ sessions }) => sessions.length)).toEqual([1, 1])
  })

  test('without a lag it knows exactly what there was', () => {
    const story = tell(pairOf({ lns: backup('lag: 0'), sessions: LATE_CALL, faults: [HANG_UP, CRASH] }))
    expect(story.all('session', { endpoint: 'lns1', event: 'restored' }).map(({ session }) => session)).toEqual([2])
    expect(story.all('session', { why: 'unknown-to-peer' })).toEqual([])
  })

  test('a planned switchover waits for the mirror: nothing is missing and nothing too many, whatever the lag', () => {
    const story = tell(pairOf({ lns: backup('lag: 4s'), sessions: LATE_CALL, faults: [HANG_UP, SWITCHOVER] }))
    expect(story.all('session', { endpoint: 'lns1', event: 'restored' }).map(({ session }) => session)).toEqual([2])
    expect(story.all('session', { why: 'unknown-to-peer' })).toEqual([])
  })

  test('with tunnels only: the tunnel is recovered and every call is lost', () => {
    const story = tell(pairOf({ lns: backup('carries: tunnels'), sessions: '{ count: 3, at: 1s }', faults: [CRASH] }))
    expect(story.all('tunnel', { endpoint: 'lns1', event: 'restored' })).toHaveLength(1)
    expect(story.all('session', { event: 'restored' })).toEqual([])
    expect(story.all('controlReset')).toHaveLength(2)
    expect(story.all('session', { endpoint: 'lac1', event: 'closed', why: 'unknown-to-peer' })).toHaveLength(3)
  })

  test('with nothing: no recovery is asked for', () => {
    const story = tell(pairOf({ lns: backup('carries: nothing'), sessions: '{ count: 3, at: 1s }', faults: [CRASH] }))
    expect(story.all('tunnel', { event: 'restored' })).toEqual([])
    expect(story.sent('lns1', 'SCCRQ')).toEqual([])
    expect(story.result.endpoints[1]).toMatchObject({ controlPlane: 'up', tunnels: [], sessions: [] })
  })

  test('R4951-2-02 a node that restarts beside its backup knows from its own storage what has not reached the backup', () => {
    const reboot = 'kind: restart, endpoint: lns1, when: { endpoint: lns1, receives: ICCN, nth: 3 }, delay: 10ms'
    for (const [persistent, restored] of [[true, 3], [false, 0]] as const) {
      const lns = `restart: { after: 500ms, persistent: ${String(persistent)} }, ${backup('lag: 3s')}`
      const story = tell(pairOf({ lns, sessions: '{ count: 3, at: 1s }', faults: [reboot] }))
      expect(story.all('session', { endpoint: 'lns1', event: 'restored' })).toHaveLength(restored)
      expect(story.all('replica', { endpoint: 'lns1', replica: 'backup', state: 'active' })).toEqual([])
    }
  })

  test('a second failure within the lag costs what the first left to the mirror nothing', () => {
    const story = tell(pairOf({
      lns: `restart: { after: 500ms }, ${backup('lag: 2s')}`,
      sessions: '{ count: 3, at: 1s }',
      faults: [CRASH, 'kind: crash, endpoint: lns1, at: 6.5s'],
    }))
    expect(story.times(
      'session',
      { endpoint: 'lns1', event: 'restored' },
    )).toEqual([5.5, 5.5, 5.5, 7, 7, 7].map((at) => at * SECOND))
    expect(story.result.metrics).toMatchObject({ sessionsKept: 3, sessionsLost: 0 })
  })
})
