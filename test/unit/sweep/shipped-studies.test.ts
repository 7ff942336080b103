// The studies that ship: each is read without a mistake, says what it asks and assumes, and its scenarios hold every invariant at the
// first and the last of its points.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatIssues } from '../../../sim/scenario/parse.ts'
import { Performer } from '../../../sim/sweep/batch.ts'
import { readStudy } from '../../../sim/sweep/parse-study.ts'
import { planOf, type Plan } from '../../../sim/sweep/plan.ts'
import { parseRow } from '../../../sim/sweep/result-row.ts'

const folder = 'scenarios/studies'
const names = readdirSync(folder).map((file) => basename(file, '.yaml'))

function planFor(name: string, set: readonly string[] = []): Plan {
  const scenario = (reference: string): { fileName: string; text: string } => {
    const fileName = join('scenarios', `${reference}.yaml`)
    return { fileName, text: readFileSync(fileName, 'utf8') }
  }
  const read = readStudy({ fileName: `${name}.yaml`, text: readFileSync(join(folder, `${name}.yaml`), 'utf8') }, { scenario, set })
  if (!read.ok) throw new Error(formatIssues(read.issues))
  const plan = planOf(read.study)
  if ('error' in plan) throw new Error(plan.error)
  return plan
}

test('five questions of an operator, and the one vendors disagree about', () => {
  expect(names.sort()).toEqual(['detection-delay', 'lagging-backup', 'query-size', 'recovery-or-redial', 'recovery-time', 'recovery-time-needed'])
})

describe.each(names)('%s', (name) => {
  const plan = planFor(name)

  test('asks something, says what it assumes, and has room for an answer', () => {
    expect(plan.study.asks).toMatch(/\?$/)
    expect(plan.study.note.length).toBeGreaterThan(80)
    expect(plan.points.length).toBeGreaterThanOrEqual(12)
    expect(readFileSync('docs/studies.md', 'utf8')).toContain(`scenarios/studies/${name}.yaml`)
  })

  test('its first and last point run to their end, with values and without violations', { timeout: 120_000 }, () => {
    // The large one with a twentieth of its sessions, set up in no more than their time.
    const small = name === 'query-size' ? planFor(name, ['tunnels.0.sessions.count=1200', 'faults.0.at=30s', 'duration=90s']) : plan
    const ends = [0, plan.points.length - 1]
    const { text } = new Performer(small).perform(ends.map((point) => ({ point, first: 0, count: 1 })))
    expect(text).not.toBe('')
    for (const line of text.split('\n').slice(0, -1)) {
      const row = parseRow(line)
      expect(row).toMatchObject({ status: 'done', violated: [] })
      expect(row?.status === 'done' ? Object.values(row.responses).filter((value) => value !== null).length : 0).toBeGreaterThan(0)
    }
  })
})
