// Statistics against published tables and against SciPy 1.17.1, an independent implementation; and, by simulation, that intervals
// cover what they should as often as they say.

import { describe, expect, test } from 'vitest'
import { log, normalQuantile } from '../../../sim/base/math.ts'
import { stream } from '../../../sim/kernel/rng.ts'
import { bootstrapInterval } from '../../../sim/sweep/statistics/bootstrap.ts'
import { meanInterval, moments, proportionInterval, quantileInterval, quantileRanks, studentQuantile } from '../../../sim/sweep/statistics/interval.ts'
import { pairedDifference } from '../../../sim/sweep/statistics/paired.ts'
import { rankCorrelation } from '../../../sim/sweep/statistics/ranks.ts'
import { sobolIndices } from '../../../sim/sweep/statistics/sobol-indices.ts'
import { binomialCdf, chiSquareTail, incompleteBeta, logGamma, normalCdf, upperGamma } from '../../../sim/sweep/statistics/special.ts'
import { endedBy, kaplanMeier, logRank, restrictedMean, survivalQuantile, type Observation } from '../../../sim/sweep/statistics/survival.ts'
import { sharesOfVariance } from '../../../sim/sweep/statistics/variance-shares.ts'
import { saltelliPoints } from '../../../sim/sweep/sampling.ts'

/** Equal to so many significant digits. */
function expectClose(actual: number, expected: number, relative = 1e-11): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(expected), 1e-300))
}

describe('special functions agree with SciPy', () => {
  test.each([[0.1, 2.252712651734206], [0.5, 0.5723649429247], [1.5, -0.12078223763524526], [10, 12.801827480081469], [123.4, 469.3360974421906]])(
    'log gamma of %d', (x, expected) => {
      expectClose(logGamma(x), expected)
    },
  )

  test.each([
    [0.3, 2, 5, 0.5798250000000003], [0.9, 0.5, 0.5, 0.7951672353008665], [0.01, 10, 3, 6.480550000000001e-19],
    [0.5, 100, 120, 0.9117960627949818], [0.999, 30, 0.7, 0.9069094062481132],
  ])('incomplete beta at %d of %d, %d', (x, a, b, expected) => {
    expectClose(incompleteBeta(x, a, b), expected)
  })

  test.each([[0.5, 0.1, 0.6547208460185768], [0.5, 2, 0.04550026389635857], [3, 2.5, 0.5438131158833297], [10, 25, 0.0002214766382487835], [50, 40, 0.9296649333406051]])(
    'upper gamma of %d at %d', (a, x, expected) => {
      expectClose(upperGamma(a, x), expected)
    },
  )

  test.each([[-8, 6.22096057427174e-16], [-3, 0.0013498980316300933], [-1.96, 0.024997895148220435], [0, 0.5], [1.645, 0.9500150944608786], [5, 0.9999997133484281]])(
    'normal distribution at %d', (z, expected) => {
      expectClose(normalCdf(z), expected)
    },
  )

  test.each([[3, 10, 0.5, 0.171875], [0, 20, 0.1, 0.12157665459056925], [7, 9, 0.8, 0.5637923839999998]])(
    'at most %d of %d with chance %d', (k, n, p, expected) => {
      expectClose(binomialCdf(k, n, p), expected)
    },
  )
})

describe('Student', () => {
  test.each([
    [0.975, 1, 12.706204736174694], [0.975, 2, 4.302652729749462], [0.975, 5, 2.5705818356363146], [0.975, 10, 2.228138851986274],
    [0.975, 30, 2.0422724563012378], [0.975, 200, 1.9718962236339088], [0.995, 4, 4.604094871349992], [0.95, 7, 1.8945786050900062],
    [0.9995, 3, 12.923978636687961], [0.6, 12, 0.25903274567688733],
  ])('t of %d with %d degrees of freedom, as in every table', (p, degrees, expected) => {
    expectClose(studentQuantile(p, degrees), expected)
    expectClose(studentQuantile(1 - p, degrees), -expected, 1e-9)
  })

  const sample = [10.2, 14.1, 9.9, 12.3, 30.5, 11.2, 10.8, 15.6, 22.4, 9.1, 13.3, 12.0]

  test('interval of a mean, as SciPy has it', () => {
    const { value, low, high } = meanInterval(sample, 0.95)
    expectClose(value, 14.283333333333333)
    expectClose(low ?? NaN, 10.333357574815519)
    expectClose(high ?? NaN, 18.233309091851147)
    expectClose(moments(sample).deviation ?? NaN, 6.216814930395458)
  })

  test('one value has no interval, equal values have one of no width, none has no mean', () => {
    expect(meanInterval([3], 0.95)).toEqual({ value: 3, low: null, high: null })
    expect(meanInterval([3, 3, 3], 0.95)).toEqual({ value: 3, low: 3, high: 3 })
    expect(meanInterval([], 0.95).value).toBeNaN()
  })
})

describe('Wilson', () => {
  // R. G. Newcombe, Statistics in Medicine 17 (1998), table I, method 3, to four places; SciPy to all.
  test.each([
    { successes: 81, trials: 263, low: 0.2552885198782742, high: 0.36620957698280004, table: [0.2553, 0.3662] },
    { successes: 15, trials: 148, low: 0.06238639953073629, high: 0.16048724172330803, table: [0.0624, 0.1605] },
    { successes: 0, trials: 20, low: 0, high: 0.16112515805281935, table: [0, 0.1611] },
    { successes: 1, trials: 29, low: 0.006113214292762667, high: 0.17175521879320282, table: [0.0061, 0.1718] },
  ])('$successes of $trials', ({ successes, trials, low, high, table: [lowInTable = NaN, highInTable = NaN] }) => {
    const interval = proportionInterval(successes, trials, 0.95)
    expect(interval.low).toBeCloseTo(low, 12)
    expect(interval.high).toBeCloseTo(high, 12)
    expect(interval.low).toBeCloseTo(lowInTable, 4)
    expect(interval.high).toBeCloseTo(highInTable, 4)
  })

  test('all of them is never less than all', () => {
    expect(proportionInterval(29, 29, 0.95)).toMatchObject({ value: 1, high: 1 })
  })
})

describe('quantiles', () => {
  // The classical table of ranks for the median at 95 %, and SciPy's binomial distribution for the others.
  test.each([[10, 0.5, 2, 9], [20, 0.5, 6, 15], [30, 0.5, 10, 21], [5, 0.5, undefined, undefined], [100, 0.95, 90, 100]])(
    'of %d values, quantile %d lies between ranks %s and %s', (n, q, low, high) => {
      expect(quantileRanks(n, q, 0.95)).toEqual({ low, high })
    },
  )

  test('too few values give a value without bounds', () => {
    expect(quantileInterval([1, 2, 4], 0.5, 0.95)).toEqual({ value: 2, low: null, high: null })
  })
})

describe('Kaplan–Meier', () => {
  // Remission times of acute leukaemia, 6-MP against placebo (E. J. Freireich and others, Blood 21, 1963): the example of every textbook.
  const ended = (times: readonly number[]): readonly Observation[] => times.map((time) => ({ time, ended: true }))
  const watched = (times: readonly number[]): readonly Observation[] => times.map((time) => ({ time, ended: false }))
  const drug = [...ended([6, 6, 6, 7, 10, 13, 16, 22, 23]), ...watched([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])]
  const placebo = ended([1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23])
  const curve = kaplanMeier(drug, 0.95)

  test('the curve of the published example, with Greenwood errors and log-log intervals', () => {
    expect(curve.steps.map(({ time, atRisk, ends }) => [time, atRisk, ends])).toEqual([
      [6, 21, 3], [7, 17, 1], [10, 15, 1], [13, 12, 1], [16, 11, 1], [22, 7, 1], [23, 6, 1],
    ])
    expect(curve.steps.map(({ survival }) => survival.toFixed(3))).toEqual(['0.857', '0.807', '0.753', '0.690', '0.627', '0.538', '0.448'])
    expect(curve.steps.map(({ error }) => error.toFixed(4))).toEqual(['0.0764', '0.0869', '0.0963', '0.1068', '0.1141', '0.1282', '0.1346'])
    const lows = [0.6197179552659838, 0.5631465646222333, 0.5031995107999564, 0.43161022248618397, 0.36751085598750205, 0.26777893676713505, 0.18805200595923235]
    const highs = [0.951551747646997, 0.9228090192028804, 0.8893618351692655, 0.8490659633494507, 0.8049121894718412, 0.7467907176353944, 0.6801426284952414]
    for (const [i, step] of curve.steps.entries()) {
      expectClose(step.low, lows[i]!)
      expectClose(step.high, highs[i]!)
    }
    expect(curve).toMatchObject({ count: 21, censored: 12, horizon: 35 })
  })

  test('its median is 23 weeks, that of the placebo 8', () => {
    expect(survivalQuantile(curve, 0.5)).toEqual({ value: 23, low: 13, high: null })
    expect(survivalQuantile(kaplanMeier(placebo, 0.95), 0.5)).toMatchObject({ value: 8 })
    expect(survivalQuantile(curve, 0.95)).toMatchObject({ value: null })
    expect(endedBy(curve, 12).value).toBeCloseTo(1 - 0.753, 3)
    expect(endedBy(curve, 5).value).toBe(0)
  })

  test('the log-rank test of the two, as published (16.79)', () => {
    const { chiSquare, p } = logRank(drug, placebo)
    expectClose(chiSquare, 16.792940989216536)
    expectClose(p, 4.168809109334529e-5, 1e-9)
    expectClose(chiSquareTail(3.841458820694124, 1), 0.05)
  })

  test('without censoring the restricted mean is the mean, and its error that of the mean but for the divisor', () => {
    const times = [1, 3, 4, 8]
    const { value, low } = restrictedMean(kaplanMeier(ended(times), 0.95), 8, 0.95)
    expect(value).toBeCloseTo(4, 12)
    const variance = times.reduce((sum, time) => sum + (time - 4) * (time - 4), 0) / 16
    expect(low).toBeCloseTo(4 - 1.959963984540054 * Math.sqrt(variance), 9)
  })

  test('nothing that ended leaves the curve at one', () => {
    const none = kaplanMeier(watched([5, 5, 5]), 0.95)
    expect(survivalQuantile(none, 0.5)).toEqual({ value: null, low: null, high: null })
    expect(restrictedMean(none, 5, 0.95).value).toBe(5)
  })
})

test('the bootstrap (BCa) of a mean agrees with SciPy to the noise of resampling', () => {
  const data = [10.2, 14.1, 9.9, 12.3, 30.5, 11.2, 10.8, 15.6, 22.4, 9.1, 13.3, 12.0]
  const statistic = (places: ArrayLike<number>): number => Array.from(places, (place) => data[place]!).reduce((sum, value) => sum + value, 0) / places.length
  const { low, high } = bootstrapInterval({ size: data.length, statistic, confidence: 0.95, rng: stream('1', 'test'), resamples: 20_000 })
  expect(Math.abs((low ?? 0) - 11.825)).toBeLessThan(0.12)
  expect(Math.abs((high ?? 0) - 19.3417)).toBeLessThan(0.35)
})

test('rank correlation with ties agrees with SciPy', () => {
  expectClose(rankCorrelation([1, 2, 3, 4, 5, 6, 7], [2, 1, 4, 3, 7, 5, 5]), 0.8108437164260032)
  expect(rankCorrelation([1, 2, 3], [5, 5, 5])).toBe(0)
})

test('shares of variance of a 2 × 2 table worked by hand', () => {
  // Means 1, 2, 3, 8: row effect 4 × 2² = 16, column effect 4 × 1.5² = 9, interaction 4 × 1² = 4, in all 29.
  const shares = sharesOfVariance([1, 2, 3, 8], [[0, 0], [0, 1], [1, 0], [1, 1]], ['row', 'column'])
  expect(shares.map(({ factors, share }) => [factors.join(), share * 29])).toEqual([
    ['row', expect.closeTo(16, 9)], ['column', expect.closeTo(9, 9)], ['row,column', expect.closeTo(4, 9)],
  ])
})

test('Sobol indices of the Ishigami function come out as its closed form says', () => {
  // a = 7, b = 0.1: first order 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437 (Ishigami and Homma, 1990).
  const angle = (u: number): number => (2 * u - 1) * Math.PI
  const values = saltelliPoints(2048, 3, stream('1', 'ishigami')).map(([x = 0, y = 0, z = 0]) => {
    return Math.sin(angle(x)) + 7 * Math.sin(angle(y)) ** 2 + 0.1 * angle(z) ** 4 * Math.sin(angle(x))
  })
  const found = sobolIndices(values, 3, { confidence: 0.95, rng: stream('1', 'ishigami/bootstrap') })
  for (const [i, { first, total }] of [{ first: 0.3139, total: 0.5576 }, { first: 0.4424, total: 0.4424 }, { first: 0, total: 0.2437 }].entries()) {
    expect(Math.abs(found[i]!.first.value - first)).toBeLessThan(0.03)
    expect(Math.abs(found[i]!.total.value - total)).toBeLessThan(0.03)
    expect(found[i]!.total.low).toBeLessThan(total + 0.02)
    expect(found[i]!.total.high).toBeGreaterThan(total - 0.02)
  }
})

describe('common random numbers', () => {
  test('save what the two settings have in common', () => {
    const rng = stream('1', 'pairs')
    const shared = Array.from({ length: 200 }, () => normalQuantile(rng.double()) * 10)
    const second = shared.map((value) => value + 1 + normalQuantile(rng.double()))
    const { difference, varianceSaved, pairs, larger } = pairedDifference(shared, second, 0.95)
    expect(difference.value).toBeCloseTo(1, 0)
    expect((difference.high ?? 0) - (difference.low ?? 0)).toBeLessThan(0.4)
    expect(varianceSaved).toBeGreaterThan(0.98)
    expect(pairs).toBe(200)
    expect(larger).toBeGreaterThan(140)
  })

  test('pairs of which one has no value do not count', () => {
    expect(pairedDifference([1, NaN, 3], [2, 5, 3, 9], 0.95)).toMatchObject({ pairs: 2, larger: 1, equal: 1, smaller: 0 })
  })
})

/** How often, in `times` samples, an interval covers `truth`. */
function coverage(times: number, truth: number, interval: (round: number) => { low: number | null; high: number | null }): number {
  let covered = 0
  for (let i = 0; i < times; i++) {
    const { low, high } = interval(i)
    if ((low ?? -Infinity) <= truth && truth <= (high ?? Infinity)) covered++
  }
  return covered / times
}

describe('coverage by simulation', () => {
  const rng = stream('1', 'coverage')
  const draws = (count: number, draw: () => number): number[] => Array.from({ length: count }, draw)
  const normal = (): number => normalQuantile(rng.double())
  const exponential = (): number => -log(1 - rng.double())

  test('Student: 95 % of normal samples of eight', () => {
    const share = coverage(4_000, 0, () => meanInterval(draws(8, normal), 0.95))
    expect(share).toBeGreaterThan(0.94)
    expect(share).toBeLessThan(0.96)
  })

  test('Student: 80 % where 80 % are asked for', () => {
    const share = coverage(4_000, 0, () => meanInterval(draws(8, normal), 0.8))
    expect(share).toBeGreaterThan(0.78)
    expect(share).toBeLessThan(0.82)
  })

  test.each([[30, 0.05], [30, 0.5], [100, 0.02]])('Wilson: %d trials of chance %d', (trials, p) => {
    const share = coverage(4_000, p, () => proportionInterval(draws(trials, () => (rng.double() < p ? 1 : 0)).filter((one) => one === 1).length, trials, 0.95))
    expect(share).toBeGreaterThan(0.925)
    expect(share).toBeLessThan(0.985)
  })

  test('order statistics: at least 95 %, whatever the distribution', () => {
    const share = coverage(3_000, log(2), () => quantileInterval(draws(25, exponential).sort((a, b) => a - b), 0.5, 0.95))
    expect(share).toBeGreaterThan(0.945)
    expect(share).toBeLessThan(0.985)
  })

  test('Kaplan–Meier: the median of exponential times watched for a random while', () => {
    const share = coverage(1_500, log(2), () => {
      const times = draws(60, exponential).map((time): Observation => {
        const patience = rng.double() * 3
        return { time: Math.min(time, patience), ended: time <= patience }
      })
      return survivalQuantile(kaplanMeier(times, 0.95), 0.5)
    })
    expect(share).toBeGreaterThan(0.925)
    expect(share).toBeLessThan(0.985)
  })

  test('bootstrap: close to 95 % for the mean of skewed samples, where it is used', () => {
    const share = coverage(400, 1, () => {
      const sample = draws(30, exponential)
      const statistic = (places: ArrayLike<number>): number => {
        let sum = 0
        for (let i = 0; i < places.length; i++) sum += sample[places[i]!]!
        return sum / places.length
      }
      return bootstrapInterval({ size: 30, statistic, confidence: 0.95, rng, resamples: 600 })
    })
    expect(share).toBeGreaterThan(0.89)
    expect(share).toBeLessThan(0.98)
  })
})
