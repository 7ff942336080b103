// Random failures of both endpoints on a bad wire: when the faults end, every tunnel is established on both sides with the same
// sessions and channels in step, or gone on both; no recovery tunnel is left, and no timer but that of the HELLO.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Chaos, plans, storms, type Plan } from '../support/failover-chaos.ts'

function expectPeace(plan: Plan): void {
  const chaos = new Chaos(plan)
  chaos.live()
  expect(chaos.faults()).toEqual([])
}

const MINUTES = 2 * 60_000

test(
  'R4951-3.2.1-02 R4951-3.2.1-28 R4951-3.3-04 R4951-AMB-53: calls, closings, table faults and failures at any time',
  () => {
    fc.assert(fc.property(plans, expectPeace), { seed: 4951, numRuns: 300 })
  },
  MINUTES,
)

test(
  'R4951-3.2.1-02 R4951-3.3-04 R4951-AMB-46 R4951-AMB-77: failures on the heels of failures',
  () => {
    fc.assert(fc.property(storms, expectPeace), { seed: 4951, numRuns: 400 })
  },
  MINUTES,
)
