// Recoveries paced one after the other (RFC 4951 3.2 leaves the choice to the recovery endpoint): whatever becomes of the one under way,
// the next tunnel gets its turn.

import { describe, expect, test } from 'vitest'
import { MILLISECOND, MINUTE } from '../../sim/base/time.ts'
import { challenged, doubly } from '../support/failover-plights.ts'
import { HANDMADE, told, tunnelOf } from '../support/failover-scenes.ts'
import type { Pair } from '../support/pair.ts'

/** How many recoveries A has asked for. */
const requested = (pair: Pair): number => told(pair, 'A', 'recovery').filter(({ step }) => step === 'requested').length

describe('R4951-3.2-02: the turn is free', () => {
  test('R4951-AMB-18 when the tie is lost to the peer', () => {
    const { pair } = doubly({ ties: { A: 9, R: 5 }, second: true })
    pair.pass(9 * MILLISECOND)
    expect(requested(pair)).toBe(1)
    pair.pass(2 * MILLISECOND)
    expect(told(pair, 'A', 'recovery').some(({ step }) => step === 'tie-lost')).toBe(true)
    expect(requested(pair)).toBe(2)
  })

  test('R4951-AMB-77 when the peer’s recovery of the same tunnel is through first', () => {
    const { pair, z2, say } = challenged({ second: true })
    expect(requested(pair)).toBe(1)
    say(z2, { type: 'SCCCN' }, 1)
    expect(told(pair, 'A', 'recovery').some(({ step }) => step === 'superseded')).toBe(true)
    expect(requested(pair)).toBe(2)
  })

  test('R4951-AMB-77 when the own recovery is refused while the peer’s is under way', () => {
    const { pair, z, say } = challenged({ second: true })
    say(z, { type: 'StopCCN', assignedTunnelId: 9, resultCode: { result: 4 } }, 2)
    expect(requested(pair)).toBe(2)
  })

  test('R4951-AMB-77 when the own recovery gets no answer while the peer’s is under way', () => {
    const { pair, z2, say } = challenged({ second: true })
    pair.pass(MINUTE)
    expect(requested(pair)).toBe(2)
    say(z2, { type: 'StopCCN', assignedTunnelId: HANDMADE, resultCode: { result: 1 } }, 1)
    expect(requested(pair)).toBe(2)
  })
})

test('R4951-AMB-23 R4951-AMB-77: data starts anew also when the peer’s recovery is through before the own', () => {
  const { pair, z2, say } = challenged({ sequenced: true })
  expect(told(pair, 'A', 'restartData')).toEqual([])
  say(z2, { type: 'SCCCN' }, 1)
  const [session] = tunnelOf(pair, 'A').sessions.keys()
  expect(told(pair, 'A', 'restartData').map((notice) => notice.session)).toEqual([session])
})
