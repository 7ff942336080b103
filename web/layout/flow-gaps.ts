// Gaps in the flow of data to one side of a tunnel: silences much longer than what is usual there.

import type { Nanos } from '../../sim/base/time.ts'

export interface Gap {
  readonly from: Nanos
  readonly to: Nanos
}

/** A silence counts when it is so many times longer than the median distance of two deliveries. */
const MUCH_LONGER = 5
/** Fewer deliveries say nothing about what is usual. */
const ENOUGH = 8
/** Distances looked at to find the median. */
const SAMPLE = 2048

export function flowGaps(delivered: Float64Array, end: Nanos): readonly Gap[] {
  if (delivered.length < ENOUGH) return []
  const usual = medianDistance(delivered)
  if (usual <= 0) return []
  const gaps: Gap[] = []
  for (let i = 1; i < delivered.length; i++) {
    if (delivered[i]! - delivered[i - 1]! > usual * MUCH_LONGER) gaps.push({ from: delivered[i - 1]!, to: delivered[i]! })
  }
  const last = delivered[delivered.length - 1]!
  return end - last > usual * MUCH_LONGER * 2 ? [...gaps, { from: last, to: end }] : gaps
}

/** Of distances that are not zero: sessions in step deliver several at one instant. */
function medianDistance(delivered: Float64Array): number {
  const step = Math.max(1, Math.floor(delivered.length / SAMPLE))
  const distances: number[] = []
  for (let i = 1; i < delivered.length; i += step) {
    const distance = delivered[i]! - delivered[i - 1]!
    if (distance > 0) distances.push(distance)
  }
  distances.sort((a, b) => a - b)
  return distances[distances.length >> 1] ?? 0
}
