// What is said of one response at one point: value and interval by the kind of the response. A time of which some runs never came to
// an end is judged by its Kaplan–Meier curve; nothing censored is dropped or taken for an end.

import { stream } from '../kernel/rng.ts'
import type { ResponseKind } from './response.ts'
import { bootstrapInterval } from './statistics/bootstrap.ts'
import { meanInterval, moments, proportionInterval, quantileInterval, type Estimate } from './statistics/interval.ts'
import { endedBy, kaplanMeier, restrictedMean, survivalQuantile, type Curve, type Observation } from './statistics/survival.ts'

/** An estimate of which even the value may be unknown. */
export type Bounds = { readonly [K in keyof Estimate]: number | null }

export type Method = 'Student' | 'bootstrap' | 'Wilson' | 'Kaplan–Meier' | 'order statistics' | 'none'

export interface Judgement {
  /** Runs with a value, and runs watched in vain. */
  readonly values: number
  readonly censored: number
  /** Runs in which there was nothing to measure. */
  readonly missing: number
  /** The one number to show: a mean, a proportion, or, of times of which some never came, the median. */
  readonly main: Bounds
  /** What `main` is. */
  readonly what: 'mean' | 'proportion' | 'median'
  readonly method: Method
  readonly median: Bounds
  readonly p95: Bounds
  /** Of a time: how many ended within the time watched. */
  readonly ended: Estimate | undefined
  /** Of a time: its mean, those that never came counted with the time watched, hence a lower bound. */
  readonly restricted: Estimate | undefined
  readonly curve: Curve | undefined
}

export interface Sample {
  /** By replication; NaN where there is none. */
  readonly values: ArrayLike<number>
  /** How long each run was watched; NaN where unknown. */
  readonly observed: ArrayLike<number>
}

const NOTHING: Bounds = { value: null, low: null, high: null }

/** Fewer values than this with a strong skew are left to the bootstrap, which needs no symmetry. */
const SKEWED = 1.5

export function judge(kind: ResponseKind, sample: Sample, confidence: number): Judgement {
  const found: number[] = []
  const observations: Observation[] = []
  let missing = 0
  for (let i = 0; i < sample.values.length; i++) {
    const value = sample.values[i]!
    const watched = sample.observed[i]!
    if (!Number.isNaN(value)) {
      found.push(value)
      observations.push({ time: value, ended: true })
    } else if (kind === 'time' && !Number.isNaN(watched)) observations.push({ time: watched, ended: false })
    else missing++
  }
  const base = { values: found.length, censored: observations.length - found.length, missing }
  if (kind === 'time') return { ...base, ...judgeTimes(found, observations, confidence) }
  return { ...base, ...judgeValues(kind, found, confidence) }
}

type Findings = Omit<Judgement, 'values' | 'censored' | 'missing'>

function judgeValues(kind: ResponseKind, found: readonly number[], confidence: number): Findings {
  const quantiles = quantilesOf(found, confidence)
  const rest = { ...quantiles, ended: undefined, restricted: undefined, curve: undefined }
  if (found.length === 0) return { main: NOTHING, what: kind === 'proportion' ? 'proportion' : 'mean', method: 'none', ...rest }
  if (kind === 'proportion') {
    const successes = found.filter((value) => value !== 0).length
    return { main: proportionInterval(successes, found.length, confidence), what: 'proportion', method: 'Wilson', ...rest }
  }
  return { ...meanOf(found, confidence), ...rest }
}

function judgeTimes(found: readonly number[], observations: readonly Observation[], confidence: number): Findings {
  const curve = kaplanMeier(observations, confidence)
  if (observations.length === 0) {
    return {
      main: NOTHING,
      what: 'mean',
      method: 'none',
      median: NOTHING,
      p95: NOTHING,
      ended: undefined,
      restricted: undefined,
      curve,
    }
  }
  const ended = proportionOfEnded(curve, confidence)
  const restricted = restrictedMean(curve, curve.horizon, confidence)
  if (curve.censored === 0) return { ...meanOf(found, confidence), ...quantilesOf(found, confidence), ended, restricted, curve }
  const median = survivalQuantile(curve, 0.5)
  const p95 = survivalQuantile(curve, 0.95)
  return { main: median, what: 'median', method: 'Kaplan–Meier', median, p95, ended, restricted, curve }
}

/** Where all were watched equally long this is a plain proportion, else the curve's. */
function proportionOfEnded(curve: Curve, confidence: number): Estimate {
  const isPlain = curve.censored === 0 || curve.steps.every(({ time }) => time <= curve.horizon)
  const ends = curve.steps.reduce((sum, step) => sum + step.ends, 0)
  return isPlain ? proportionInterval(ends, curve.count, confidence) : endedBy(curve, curve.horizon)
}

function quantilesOf(found: readonly number[], confidence: number): Pick<Judgement, 'median' | 'p95'> {
  if (found.length === 0) return { median: NOTHING, p95: NOTHING }
  const sorted = Float64Array.from(found).sort()
  return { median: quantileInterval(sorted, 0.5, confidence), p95: quantileInterval(sorted, 0.95, confidence) }
}

/** Student's interval, or the bootstrap's where few values lie so unevenly that Student's would be wrong. */
function meanOf(found: readonly number[], confidence: number): Pick<Judgement, 'main' | 'what' | 'method'> {
  const main = meanInterval(found, confidence)
  if (found.length < 8 || Math.abs(skewnessOf(found)) < SKEWED * Math.sqrt(found.length / 30)) {
    return { main, what: 'mean', method: 'Student' }
  }
  const rng = stream(String(found.length), 'bootstrap/mean')
  const statistic = (places: ArrayLike<number>): number => {
    let sum = 0
    for (let i = 0; i < places.length; i++) sum += found[places[i]!]!
    return sum / places.length
  }
  const size = found.length
  return { main: bootstrapInterval({ size, statistic, confidence, rng, resamples: 1_000 }), what: 'mean', method: 'bootstrap' }
}

function skewnessOf(values: readonly number[]): number {
  const { mean, deviation } = moments(values)
  if (deviation === null || deviation === 0) return 0
  const cubes = values.reduce(
    (sum, value) => sum + ((value - mean) / deviation) * ((value - mean) / deviation) * ((value - mean) / deviation),
    0,
  )
  return cubes / values.length
}

/** Half the width of the main interval relative to its value (of a proportion: as it is); 0 when nothing varies, Infinity when unknown. */
export function relativeWidth({ main, what }: Pick<Judgement, 'main' | 'what'>): number {
  const { value, low, high } = main
  if (value === null || low === null || high === null || Number.isNaN(value)) return Infinity
  const half = (high - low) / 2
  if (half === 0) return 0
  return what === 'proportion' ? half : half / Math.abs(value)
}
