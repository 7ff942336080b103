// From the figures of a study to single runs: which runs stand behind a selection, their digests, and the links of a report, which name
// runs that the explorer then finds.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EXPLORER_ADDRESS, explorerHash } from '../../../sim/run/explorer-link.ts'
import { Performer } from '../../../sim/sweep/batch.ts'
import { readStudy } from '../../../sim/sweep/parse-study.ts'
import { overridesOf, planOf, type Plan } from '../../../sim/sweep/plan.ts'
import { reportPage } from '../../../sim/sweep/report/page.ts'
import { parseRow } from '../../../sim/sweep/result-row.ts'
import { runsBehind } from '../../../sim/sweep/runs.ts'
import { ResultTable } from '../../../sim/sweep/table.ts'
import { parseScenario, run } from '../../../sim/index.ts'
import { readHash } from '../../../web/address.ts'

const SCENARIO = 'failover/lns-control-failure'
const scenarioText = readFileSync(`scenarios/${SCENARIO}.yaml`, 'utf8')
const STUDY = `
scenario: ${SCENARIO}
set: { tunnels.0.sessions.traffic.rate: 0, duration: 12s }
seeds: 3
factors:
  loss: { field: links.0.loss, values: [0, 25%] }
responses: [timeToSynchronised]
`

function planned(): Plan {
  const study = readStudy({ fileName: 'study.yaml', text: STUDY }, { scenario: () => ({ fileName: `${SCENARIO}.yaml`, text: scenarioText }) })
  if (!study.ok) throw new Error(study.issues.map(({ message }) => message).join('\n'))
  const plan = planOf(study.study)
  if ('error' in plan) throw new Error(plan.error)
  return plan
}

const plan = planned()
const rows = new Performer(plan).perform([{ point: 0, first: 0, count: 3 }, { point: 1, first: 0, count: 3 }]).text.split('\n').flatMap((line) => parseRow(line) ?? [])
const table = new ResultTable(plan)
rows.forEach((row) => { table.add(row) })

/** What a run of the results gives when it is made again by itself. */
function again(point: number, seed: string): ReturnType<typeof run> {
  const parsed = parseScenario(scenarioText, 'x.yaml', [...plan.points[point]!.strategy.set, ...overridesOf(plan.study, plan.points[point]!)])
  if (!parsed.ok) throw new Error('the factors do not fit')
  return run(parsed.scenario, { seed })
}

describe('runs behind a figure', () => {
  test('are those of the points chosen, the worst first, each with the digest it has when it is run again', () => {
    const { count, runs } = runsBehind(table, { points: [1], response: 0, between: undefined }, 10)
    expect(count).toBe(3)
    expect(runs.map(({ value }) => value ?? Infinity)).toEqual(runs.map(({ value }) => value ?? Infinity).sort((a, b) => b - a))
    for (const { point, seed, name } of runs) {
      expect(name).toBe('loss 25%')
      expect(table.digest(point, seed)).toBe(again(point, seed).digest)
    }
  })

  test('can be those with values between two bounds, of all points', () => {
    const [quick] = runsBehind(table, { points: [0], response: 0, between: undefined }, 1).runs
    const value = quick?.value ?? NaN
    const found = runsBehind(table, { points: undefined, response: 0, between: [value - 1, value + 1] }, 10)
    expect(found.runs.length).toBeGreaterThan(0)
    for (const one of found.runs) expect(one.value).toBe(value)
  })

  test('are never more than wanted, and never ones that do not exist', () => {
    expect(runsBehind(table, { points: undefined, response: 0, between: undefined }, 2)).toMatchObject({ count: 6, runs: { length: 2 } })
    expect([table.digest(0, '99'), table.digest(0, 'x'), table.isDone(0, 99), table.has(1, 2)]).toEqual([undefined, undefined, false, true])
  })
})

describe('links of a report', () => {
  test('name the run so that the explorer finds scenario, changes, seed and digest', async () => {
    const linkOf = (place: number, seed: string): string =>
      EXPLORER_ADDRESS + explorerHash({
        scenario: { shipped: SCENARIO },
        changes: [...plan.points[place]!.strategy.set, ...overridesOf(plan.study, plan.points[place]!)],
        seed,
        digest: table.digest(place, seed),
        version: '0.1.0',
      })
    const links = [...reportPage(table, linkOf).matchAll(/href="(http[^"]*)"/g)].map(([, link = '']) => link.replaceAll('&amp;', '&'))
    expect(links.length).toBeGreaterThan(0)
    const address = await readHash(new URL(links[0]!).hash)
    expect(address).toMatchObject({ inquiry: { shipped: SCENARIO }, version: '0.1.0' })
    const parsed = parseScenario(scenarioText, 'x.yaml', address.inquiry.changes)
    expect(parsed.ok && run(parsed.scenario, { seed: address.inquiry.seed ?? '' }).digest).toBe(address.digest)
  })

  test('are left out where there is no explorer', () => {
    expect(reportPage(table)).not.toContain('in the explorer</a>')
  })
})
