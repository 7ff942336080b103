// Limits on what a peer can make an LCCE hold: each is reached, held, and given back, and whoever behaves is served beside it.

import { describe, expect, test } from 'vitest'
import { address } from '../../../sim/base/datagram.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { PEER_SESSION, proper, ScriptedPeer } from '../../support/scripted-peer.ts'

const from = (host: number): ReturnType<typeof address> => address(`10.9.8.${String(host)}`, 1701)

/** Asks for a tunnel from the nth host. */
const ask = (peer: ScriptedPeer, host: number): void => {
  peer.say({ ...proper.SCCRQ, assignedTunnelId: 1000 + host }, { ns: 0, nr: 0, from: from(host) })
}

const tunnels = (peer: ScriptedPeer): number => [...peer.core.tunnels()].length
const logged = (peer: ScriptedPeer, what: string): number => peer.notices('log').filter((notice) => notice.what === what).length

describe('tunnels', () => {
  test('no more are held than maxTunnels (R2661-8.1-01)', () => {
    const peer = new ScriptedPeer({ maxTunnels: 3 })
    for (let host = 1; host <= 10; host++) ask(peer, host)
    expect(tunnels(peer)).toBe(3)
    expect(logged(peer, 'SCCRQ-dropped')).toBe(7)
  })

  test('no more are half-open than maxHalfOpenTunnels; established ones do not count', () => {
    const peer = new ScriptedPeer({ maxHalfOpenTunnels: 2 })
    peer.connected()
    for (let host = 1; host <= 10; host++) ask(peer, host)
    expect(tunnels(peer)).toBe(3)
    expect(logged(peer, 'SCCRQ-dropped')).toBe(8)
  })

  test('answers to messages of tunnels that never were count as half-open', () => {
    const peer = new ScriptedPeer({ maxHalfOpenTunnels: 2 })
    for (let host = 1; host <= 10; host++) peer.say(proper.SCCRP, { tunnelId: 5000 + host, ns: 0, nr: 1, from: from(host) })
    expect(tunnels(peer)).toBe(2)
  })

  test('half-open tunnels make room when they are given up', () => {
    const peer = new ScriptedPeer({ maxHalfOpenTunnels: 2 })
    peer.acknowledges = false
    ask(peer, 1)
    ask(peer, 2)
    ask(peer, 3)
    expect(tunnels(peer)).toBe(2)
    peer.wait(120 * SECOND)
    expect(tunnels(peer)).toBe(0)
    ask(peer, 4)
    expect(tunnels(peer)).toBe(1)
  })
})

describe('sessions', () => {
  test('no more are held in a tunnel than maxSessionsPerTunnel; further calls are refused (R2661-4.4.2-02)', () => {
    const peer = new ScriptedPeer({ maxSessionsPerTunnel: 2 })
    peer.connected()
    for (let call = 0; call < 5; call++) peer.say({ ...proper.ICRQ, assignedSessionId: PEER_SESSION + call, callSerialNumber: call })
    const [tunnel] = peer.core.tunnels()
    expect(tunnel?.sessions.size).toBe(2)
    expect(peer.types().filter((type) => type === 'CDN')).toHaveLength(3)
  })
})

describe('messages', () => {
  test('a peer that asks and never acknowledges is heard up to maxQueuedMessages, and again once it acknowledges', () => {
    const peer = new ScriptedPeer({ maxQueuedMessages: 8 })
    peer.connected()
    peer.acknowledges = false
    const { nr } = peer
    for (let call = 0; call < 40; call++) peer.say({ ...proper.ICRQ, assignedSessionId: PEER_SESSION + call, callSerialNumber: call }, { nr })
    const [tunnel] = peer.core.tunnels()
    expect(tunnel?.channel.pending).toBe(8)
    expect(peer.notices('handled').some(({ verdict }) => verdict === 'no-room')).toBe(true)
    const before = tunnel?.channel.expected ?? 0
    // It takes one answer, so there is room for one more question, sent again with the number that was never accepted.
    peer.acknowledge(nr + 1)
    peer.say({ ...proper.ICRQ, assignedSessionId: 900, callSerialNumber: 900 }, { ns: before, nr: nr + 1 })
    expect(tunnel?.channel.expected).toBe(before + 1)
  })

  test('messages ahead of their turn are kept within the receive window only (R2661-5.8-11)', () => {
    const peer = new ScriptedPeer({ receiveWindow: 4 })
    peer.connected()
    for (let ahead = 1; ahead < 40; ahead++) peer.say(proper.HELLO, { ns: peer.ns + ahead })
    const verdicts = peer.notices('handled').map(({ verdict }) => verdict)
    expect(verdicts.filter((verdict) => verdict === 'held')).toHaveLength(3)
    expect(verdicts.filter((verdict) => verdict === 'ahead')).toHaveLength(36)
  })
})

describe('recovery', () => {
  test('no more recovery tunnels are open for an old tunnel than maxRecoveryTunnels (R4951-AMB-46)', () => {
    const peer = new ScriptedPeer({ maxRecoveryTunnels: 3 })
    peer.connected({ failoverCapability: { control: true, data: true, recoveryTimeMs: 60_000 } })
    const recoverRemoteTunnelId = peer.tunnelId
    for (let attempt = 1; attempt <= 10; attempt++) {
      const tunnelRecovery = { recoverTunnelId: proper.SCCRQ.assignedTunnelId, recoverRemoteTunnelId }
      peer.say({ ...proper.SCCRQ, assignedTunnelId: 2000 + attempt, tunnelRecovery }, { ns: 0, nr: 0 })
    }
    expect([...peer.core.tunnels()].filter(({ purpose }) => purpose === 'recovery')).toHaveLength(3)
    expect(logged(peer, 'SCCRQ-dropped')).toBe(7)
  })

  test('no more session states wait for their answer than maxQueryEntries (R4951-3.3-20)', () => {
    const peer = new ScriptedPeer({ maxQueryEntries: 5, failover: { coalesceResponses: true } })
    peer.connected()
    for (let query = 0; query < 6; query++) {
      const failoverSessionStates = Array.from({ length: 3 }, (_, i) => ({ sessionId: 100 + 3 * query + i, remoteSessionId: 0 }))
      peer.say({ type: 'FSQ', failoverSessionStates })
    }
    const [tunnel] = peer.core.tunnels()
    expect(tunnel?.toAnswer).toHaveLength(5)
    expect(logged(peer, 'no-room')).toBeGreaterThan(0)
    peer.wait(SECOND)
    expect(tunnel?.toAnswer).toHaveLength(0)
    expect(peer.last('FSR').failoverSessionStates).toHaveLength(5)
  })
})
