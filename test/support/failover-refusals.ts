// What R says to a recovery SCCRQ made by hand, and how its old tunnel must be after a refusal.

import { expect } from 'vitest'
import { SECOND } from '../../sim/base/time.ts'
import { HANDMADE, numbers, sessionPairs, told, tunnelOf } from './failover-scenes.ts'
import type { Pair } from './pair.ts'
import { transcriptOf } from './pair-transcript.ts'

/** R's answers up to half a second later, A being down. */
export function answers(pair: Pair, request: Uint8Array, from = pair.addresses.A): readonly string[] {
  pair.crash('A')
  const start = pair.now
  pair.inject('R', request, from)
  pair.pass(SECOND / 2)
  return transcriptOf(pair, { from: start }).map((line) => line.replace(' !lost', ''))
}

/** The only answer was a StopCCN with these codes. */
export function expectRefusal(lines: readonly string[], codes: string): void {
  expect(lines.map((line) => line.replace(/9=#?\w+/, '9=w'))).toEqual([`R>A StopCCN [#${String(HANDMADE)} 0/1] {9=w,1=${codes}}`])
}

/** The old tunnel, its numbers and its one session are as they were. */
export function expectUntouched(pair: Pair, before: readonly [number, number]): void {
  expect(tunnelOf(pair, 'R')).toMatchObject({ state: 'established', closing: false })
  expect(numbers(tunnelOf(pair, 'R'))).toEqual(before)
  expect(tunnelOf(pair, 'R').channel.suspended).toBe(false)
  expect(sessionPairs(pair, 'R')).toHaveLength(1)
  expect(told(pair, 'R', 'controlReset')).toEqual([])
}
