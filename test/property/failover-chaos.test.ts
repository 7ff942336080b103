// x
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Chaos, plans } from '../support/failover-chaos.ts'

test('after any faults both sides agree, or have nothing left', () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const chaos = new Chaos(plan)
      chaos.live()
      expect(chaos.faults()).toEqual([])
    }),
    { seed: Number(process.env.SEED ?? 4951), numRuns: Number(process.env.RUNS ?? 300) },
  )
}, 600_000)
