// Times of which some had not come to their end when the run ended: the curve of E. L. Kaplan and P. Meier (J. Amer. Statist. Assoc.
// 53, 1958) with Greenwood's variance and log-log intervals, its quantiles (R. Brookmeyer and J. Crowley, Biometrics 38, 1982), the
// mean up to a horizon, and the log-rank test.

import { exp, log, normalQuantile } from '../../base/math.ts'
import type { Estimate } from './interval.ts'
import { chiSquareTail } from './special.ts'

export interface Observation {
  /** The time it took, or for how long it was watched in vain. */
  readonly time: number
  readonly ended: boolean
}

/** The curve from one time on. */
export interface CurveStep {
  readonly time: number
  /** Watched just before. */
  readonly atRisk: number
  readonly ends: number
  /** Share that takes longer than this, with its interval; equal to it where that is 1, or 0. */
  readonly survival: number
  readonly low: number
  readonly high: number
  /** Greenwood's standard error. */
  readonly error: number
}

export interface Curve {
  /** One for each time at which something ended, ascending. */
  readonly steps: readonly CurveStep[]
  /** Longest time watched. */
  readonly horizon: number
  readonly count: number
  readonly censored: number
}

/** The Kaplan–Meier curve. */
export function kaplanMeier(observations: readonly Observation[], confidence: number): Curve {
  const z = normalQuantile((1 + confidence) / 2)
  // What ends at a time ends before what is censored there.
  const sorted = [...observations].sort((a, b) => (a.time === b.time ? Number(b.ended) - Number(a.ended) : a.time - b.time))
  const steps: CurveStep[] = []
  let survival = 1
  let greenwood = 0
  for (let i = 0; i < sorted.length;) {
    const { time } = sorted[i]!
    const atRisk = sorted.length - i
    let ends = 0
    while (i < sorted.length && sorted[i]!.time === time) if (sorted[i++]!.ended) ends++
    if (ends === 0) continue
    survival *= (atRisk - ends) / atRisk
    greenwood += ends / (atRisk * (atRisk - ends))
    steps.push({ time, atRisk, ends, survival, error: survival * Math.sqrt(greenwood), ...bounds(survival, greenwood, z) })
  }
  const censored = observations.filter(({ ended }) => !ended).length
  return { steps, horizon: sorted.at(-1)?.time ?? 0, count: sorted.length, censored }
}

/** On the scale of log(-log), where the interval stays within 0 and 1. */
function bounds(survival: number, greenwood: number, z: number): { readonly low: number; readonly high: number } {
  if (survival <= 0 || survival >= 1 || !Number.isFinite(greenwood)) return { low: survival, high: survival }
  const logSurvival = log(survival)
  const spread = exp((z * Math.sqrt(greenwood)) / Math.abs(logSurvival))
  return { low: exp(logSurvival * spread), high: exp(logSurvival / spread) }
}

/** The time within which the share `q` ends; null while fewer have, and a bound is null where the curve never says. */
export function survivalQuantile({ steps }: Curve, q: number): { readonly [K in keyof Estimate]: number | null } {
  const at = (of: (step: CurveStep) => number): number | null => steps.find((step) => of(step) <= 1 - q + 1e-12)?.time ?? null
  // A curve that has come down to 0 has no upper bound of its own there.
  const isLast = (step: CurveStep): boolean => step.survival <= 0
  const value = at(({ survival }) => survival)
  const high = steps.find((step) => !isLast(step) && step.high <= 1 - q + 1e-12)?.time ?? null
  return { value, low: at(({ low }) => low), high }
}

/** Share that has ended by `time`, with its interval. */
export function endedBy({ steps }: Curve, time: number): Estimate {
  const step = steps.findLast((candidate) => candidate.time <= time)
  if (step === undefined) return { value: 0, low: 0, high: 0 }
  return { value: 1 - step.survival, low: 1 - step.high, high: 1 - step.low }
}

/** Mean time, counting none beyond `horizon`: the area under the curve. */
export function restrictedMean({ steps }: Curve, horizon: number, confidence: number): Estimate {
  const { area, tails } = areas(steps, horizon)
  let variance = 0
  for (const [i, { time, atRisk, ends }] of steps.entries()) {
    if (time > horizon || atRisk === ends) continue
    variance += ((tails[i] ?? 0) * (tails[i] ?? 0) * ends) / (atRisk * (atRisk - ends))
  }
  const half = normalQuantile((1 + confidence) / 2) * Math.sqrt(variance)
  return { value: area, low: area - half, high: area + half }
}

/** Area under the curve up to `horizon`, and the part of it after each step. */
function areas(steps: readonly CurveStep[], horizon: number): { readonly area: number; readonly tails: readonly number[] } {
  const widths = steps.map(({ time }, i) =>
    Math.max(0, Math.min(steps[i + 1]?.time ?? horizon, horizon) - Math.min(time, horizon)),
  )
  const parts = steps.map(({ survival }, i) => survival * widths[i]!)
  const tails = parts.map((_, i) => parts.slice(i).reduce((sum, part) => sum + part, 0))
  return { area: Math.min(steps[0]?.time ?? horizon, horizon) + (tails[0] ?? 0), tails }
}

export interface LogRank {
  readonly chiSquare: number
  readonly p: number
}

/** Whether two groups take equally long (log-rank test, one degree of freedom). */
export function logRank(a: readonly Observation[], b: readonly Observation[]): LogRank {
  const times = [...new Set([...a, ...b].filter(({ ended }) => ended).map(({ time }) => time))].sort((x, y) => x - y)
  let surplus = 0
  let variance = 0
  for (const time of times) {
    const [riskA, riskB] = [a, b].map((group) => group.filter((one) => one.time >= time).length) as [number, number]
    const [endsA, endsB] = [a, b].map((group) => group.filter((one) => one.ended && one.time === time).length) as [number, number]
    const risk = riskA + riskB
    const ends = endsA + endsB
    surplus += endsA - (ends * riskA) / risk
    if (risk > 1) variance += (ends * (riskA / risk) * (1 - riskA / risk) * (risk - ends)) / (risk - 1)
  }
  const chiSquare = variance === 0 ? 0 : (surplus * surplus) / variance
  return { chiSquare, p: variance === 0 ? 1 : chiSquareTail(chiSquare, 1) }
}
