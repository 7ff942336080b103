// Whatever order runs are given out and come back in, whoever does them and however often: each is done once, and the study says the
// same.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Performer, runsIn, type Batch } from '../../sim/sweep/batch.ts'
import { nextTargets, Samples } from '../../sim/sweep/precision.ts'
import { reportPage } from '../../sim/sweep/report/page.ts'
import { parseRow, type ResultRow } from '../../sim/sweep/result-row.ts'
import { countPending, Schedule } from '../../sim/sweep/schedule.ts'
import { ResultTable } from '../../sim/sweep/table.ts'
import { planFrom } from '../support/studies.ts'

const key = (point: number, offset: number): string => `${String(point)}/${String(offset)}`

function runsOf(batch: Batch): string[] {
  return batch.flatMap(({ point, first, count }) => Array.from({ length: count }, (_, i) => key(point, first + i)))
}

describe('the schedule', () => {
  test('gives out each pending run once, in whatever portions, and nothing else', () => {
    const cost = fc.oneof(fc.constant(NaN), fc.integer({ min: 1, max: 100 }))
    const points = fc.array(fc.record({ target: fc.nat(12), done: fc.array(fc.nat(12)), cost }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(points, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), fc.integer({ min: 1, max: 4 }), (list, portions, shards) => {
        const given: string[] = []
        for (let shard = 0; shard < shards; shard++) {
          const work = {
            targets: list.map(({ target }) => target),
            isDone: (point: number, offset: number) => list[point]!.done.includes(offset),
            isOurs: (point: number, offset: number) => (point * 12 + offset) % shards === shard,
            costOf: (point: number) => list[point]!.cost,
          }
          const schedule = new Schedule(work)
          const before = given.length
          for (let i = 0; ; i++) {
            const wanted = portions[i % portions.length]!
            const batch = schedule.take(wanted)
            expect(runsIn(batch)).toBeLessThanOrEqual(wanted)
            if (batch.length === 0) break
            given.push(...runsOf(batch))
          }
          expect(given.length - before).toBe(countPending(work))
        }
        const wanted = list.flatMap(({ target, done }, point) => Array.from({ length: target }, (_, i) => i).filter((i) => !done.includes(i)).map((i) => key(point, i)))
        expect([...given].sort()).toEqual([...wanted].sort())
      }),
      { numRuns: 300 },
    )
  })

  test('begins with one run of each point of unknown cost, then goes from the dearest to the cheapest', () => {
    const costs = [NaN, 5, 50, NaN]
    const work = { targets: [3, 2, 2, 2], isDone: () => false, isOurs: () => true, costOf: (point: number) => costs[point]! }
    const schedule = new Schedule(work)
    expect(runsOf(schedule.take(2))).toEqual(['0/0', '3/0'])
    costs[0] = 7
    costs[3] = 70
    expect(runsOf(schedule.take(100))).toEqual(['3/1', '2/0', '2/1', '0/1', '0/2', '1/0', '1/1'])
  })
})

const plan = planFrom(`scenario: pair
seeds: 6
strategies: { usual: {}, slow: { set: { endpoints.lns1.backup.takeoverTime: 900ms } } }
factors: { loss: { field: links.0.loss, values: [0, 20%] } }
responses: [timeToSynchronised, dataLost]
`)
const performed = new Performer(plan).perform(plan.points.map(({ index }) => ({ point: index, first: 0, count: 6 })))
const rows = performed.text.split('\n').slice(0, -1).map((line) => parseRow(line)).filter((row): row is ResultRow => row !== undefined)

function reportOf(list: readonly ResultRow[]): string {
  const table = new ResultTable(plan)
  for (const row of list) table.add(row)
  return reportPage(table)
}

test('a report does not depend on the order of rows, on rows there twice, or on rows of other plans', () => {
  expect(rows).toHaveLength(24)
  const page = reportOf(rows)
  const stranger = { ...rows[0]!, point: '0000000000000000' }
  fc.assert(
    fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), fc.subarray(rows), (shuffled, again) => {
      expect(reportOf([...shuffled, stranger, ...again])).toBe(page)
    }),
    { numRuns: 8 },
  )
})

test('a run that failed and was repeated counts as it ended, whichever row comes first', () => {
  const others = rows.slice(1)
  const { point, seed, version, factors } = rows[0]!
  const failed: ResultRow = { point, seed, version, factors, status: 'gave-up', error: 'took too long' }
  expect(reportOf([failed, ...rows])).toBe(reportOf(rows))
  expect(reportOf([...rows, failed])).toBe(reportOf(rows))
  expect(reportOf([failed, ...others])).toContain('gave-up: took too long')
})

test('a precision asks for more where values spread, within the budget, and for nothing where they do not', () => {
  const precise = planFrom('scenario: pair\nseeds: 4\nfactors: { loss: { field: links.0.loss, values: [0, 10%, 20%] } }\nresponses: [dataLost]\nprecision: 5%\nbudget: { runs: 20 }\n')
  const samples = new Samples(precise.study, 3)
  const values = [[5, 5, 5, 5], [10, 20, 30, 40], [100, 101, 100, 101]]
  for (const [point, list] of values.entries()) {
    for (const [offset, value] of list.entries()) samples.add(point, offset, { ...(rows[0] as Extract<ResultRow, { status: 'done' }>), responses: { dataLost: value } })
  }
  expect(nextTargets(precise.study, samples, [4, 4, 4])).toEqual({ targets: [4, 12, 4], limited: true })
  const generous = { ...precise.study, budget: {} }
  expect(nextTargets(generous, samples, [4, 4, 4])).toEqual({ targets: [4, 14, 4], limited: false })
  expect(nextTargets({ ...generous, precision: 5 }, samples, [4, 4, 4])).toBeUndefined()
})
