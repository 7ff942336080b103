// Scales of charts: from values to pixels, with ticks at numbers a person would choose. Linear, logarithmic, or one place for each
// of a few values.

import { exp, log } from '../../base/math.ts'
import type { Unit } from '../../run/metrics.ts'

export interface Tick {
  readonly at: number
  readonly value: number
}

export interface Scale {
  readonly at: (value: number) => number
  readonly ticks: readonly Tick[]
}

export interface Extent {
  readonly low: number
  readonly high: number
}

/** Least and greatest of what is given; a little room where all is one. */
export function extentOf(values: readonly number[]): Extent {
  const known = values.filter(Number.isFinite)
  const low = known.reduce((least, value) => Math.min(least, value), Infinity)
  const high = known.reduce((most, value) => Math.max(most, value), -Infinity)
  if (low > high) return { low: 0, high: 1 }
  if (low < high) return { low, high }
  const room = low === 0 ? 0.5 : Math.abs(low) * 0.1
  return { low: low - room, high: high + room }
}

const LN10 = log(10)

/** 10 to the power of a whole number. */
function powerOfTen(exponent: number): number {
  return Number(`1e${String(exponent)}`)
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(rough: number): number {
  const base = powerOfTen(Math.floor(log(rough) / LN10 + 1e-9))
  const share = rough / base
  return (share > 5 ? 10 : share > 2 ? 5 : share > 1 ? 2 : 1) * base
}

const MINUTE = 60e9
const LONG_STEPS = [30e9, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, 60 * MINUTE]

/** Steps of long times are whole minutes, not hundreds of seconds. */
function timeStep(rough: number): number {
  return rough <= 20e9 ? niceStep(rough) : (LONG_STEPS.find((step) => step >= rough) ?? niceStep(rough))
}

export interface LinearOptions {
  /** Steps there should be about. */
  readonly wanted?: number
  readonly unit?: Unit
}

/** A linear scale whose ends are ticks. `from` and `to` are pixels. */
export function linearScale({ low, high }: Extent, from: number, to: number, { wanted = 5, unit }: LinearOptions = {}): Scale {
  const rough = (high - low) / wanted
  const step = unit === 'ns' ? timeStep(rough) : niceStep(rough)
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  const span = (last - first) * step
  const at = (value: number): number => from + ((value - first * step) / span) * (to - from)
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = Number(((first + i) * step).toPrecision(12))
    return { value, at: at(value) }
  })
  return { at, ticks }
}

/** A logarithmic scale for values above 0. */
export function logScale({ low, high }: Extent, from: number, to: number): Scale {
  const least = log(low)
  const most = log(high)
  const at = (value: number): number => from + ((log(value) - least) / (most - least)) * (to - from)
  const decades = (most - least) / LN10
  const factors = decades > 3 ? [1] : decades > 1.5 ? [1, 3] : [1, 2, 5]
  const ticks: Tick[] = []
  for (let exponent = Math.floor(least / LN10); exponent <= Math.ceil(most / LN10); exponent++) {
    for (const factor of factors) {
      const value = factor * powerOfTen(exponent)
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push({ value, at: at(value) })
    }
  }
  return { at, ticks }
}

/** Room around the ends of a logarithmic axis. */
export const widened = ({ low, high }: Extent, share: number): Extent => {
  const room = (log(high) - log(low)) * share
  return { low: exp(log(low) - room), high: exp(log(high) + room) }
}

/** The middle of one of `count` equal places between two pixels. */
export const placeOf = (index: number, count: number, { from, to }: { readonly from: number; readonly to: number }): number =>
  from + ((index + 0.5) / count) * (to - from)
