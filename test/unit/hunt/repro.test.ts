// Repro files: what is written reads back and replays record for record, and every way of not doing so is told.

import { describe, expect, test } from 'vitest'
import { SECOND } from '../../../sim/base/time.ts'
import { changed, drawScenario, hunt } from '../../../sim/hunt/index.ts'
import { parseRepro, replay, reproOf, reproText, type Repro } from '../../../sim/hunt/repro.ts'
import { shrink } from '../../../sim/hunt/shrink.ts'
import { formatIssues } from '../../../sim/scenario/parse.ts'
import { VERSION } from '../../../sim/base/version.ts'

/** A run that is not given the time to converge. */
function failing(): Repro {
  for (let seed = 0; seed < 200; seed++) {
    const scenario = changed(drawScenario(String(seed)), { convergenceBound: 1, duration: 3 * SECOND })
    const outcome = hunt(scenario)
    const [finding] = outcome.findings
    if (finding !== undefined) return reproOf(scenario, outcome, finding, { command: 'l2tpsim hunt', from: 'swarm', changes: ['a=b'] })
  }
  throw new Error('no seed fails')
}

const repro = failing()
const text = reproText(repro)

/** The message for a file that is wrong. */
function complaint(wrong: string): string {
  const read = parseRepro(wrong, 'bug.repro.yaml')
  return read.ok ? '' : formatIssues(read.issues)
}

describe('a repro file', () => {
  test('reads back as what was written', () => {
    expect(parseRepro(text, 'bug.repro.yaml')).toEqual({ ok: true, repro })
  })

  test('mistakes in it are told with their lines, in its own part and in the scenario', () => {
    const wrong = text.replace('violation:', 'violations:').replace('role: LNS', 'role: LMS')
    const issues = complaint(wrong)
    const line = (part: string): number => wrong.split('\n').findIndex((each) => each.includes(part)) + 1
    expect(issues).toContain(`bug.repro.yaml:${String(line('violations:'))}:1`)
    expect(issues).toContain('did you mean `violation`?')
    expect(issues).toContain(`bug.repro.yaml:${String(line('role: LMS'))}:`)
    expect(issues).toContain('did you mean `LNS`?')
  })

  test('what is none is refused in words', () => {
    expect(complaint('endpoints: {}')).toContain('this is no repro file')
    expect(complaint('a: [')).toContain('bug.repro.yaml:1')
    expect(complaint(text.slice(0, text.indexOf('scenario:')))).toContain('scenario')
    expect(complaint(text.replace('repro: 1', 'repro: 2'))).toContain('repro')
    expect(complaint(text.replace(/digest: .*/, 'digest: xyz'))).toContain('digest')
  })
})

describe('replaying', () => {
  test('shows the same record of the same run', () => {
    const { finding, differences, isSame } = replay(repro)
    expect({ differences, isSame }).toEqual({ differences: [], isSame: true })
    expect(finding).toMatchObject(repro.violation)
  })

  test('says that the version, the digest or the record is another one', () => {
    const { violation } = repro
    const other = replay({ ...repro, version: '0.0.1', digest: '0123456789abcdef', violation: { ...violation, record: violation.record + 1 } })
    expect(other.finding).toBeDefined()
    expect(other.isSame).toBe(false)
    expect(other.differences.join('\n')).toMatch(new RegExp(`0.0.1, this is ${VERSION}[^]*0123456789abcdef[^]*record`))
  })

  test('says that it is no longer violated', () => {
    const mended = replay({ ...repro, scenario: changed(repro.scenario, { convergenceBound: 1000 * SECOND }) })
    expect(mended.finding).toBeUndefined()
    expect(mended.differences.join('\n')).toContain(`${repro.violation.invariant} is no longer violated`)
  })
})

test('a mutant, and a quirk, come back from the file and fail in the same way', () => {
  const wrong = [{ mutant: { timer: 'retransmit', factor: 'never' } as const }, { quirks: ['recovery-tunnel-kept'] }]
  for (const what of wrong) {
    const failed = Array.from({ length: 40 }, (_, seed) => {
      const drawn = drawScenario(String(seed))
      const endpoints = Object.fromEntries(Object.entries(drawn.endpoints).map(([name, spec]) => [name, changed(spec, what)]))
      const scenario = changed(drawn, { endpoints })
      const outcome = hunt(scenario)
      return outcome.findings.slice(0, 1).map((finding) => reproOf(scenario, outcome, finding, { command: '' }))
    }).flat()
    const [one] = failed
    if (one === undefined) throw new Error('no seed fails')
    const read = parseRepro(reproText(one), 'bug.repro.yaml')
    if (!read.ok) throw new Error(formatIssues(read.issues))
    expect(read.repro.scenario).toEqual(one.scenario)
    expect(read.repro.scenario.endpoints.lac1).toMatchObject(what)
    expect(replay(read.repro)).toMatchObject({ isSame: true, differences: [], finding: { signature: one.violation.signature } })
    const shrunk = shrink(read.repro)
    expect(Object.values(shrunk?.repro.scenario.endpoints ?? {})).toContainEqual(expect.objectContaining(what))
    const strange = reproText(one).replace('endpoint: lac1\n    mutant:', 'endpoint: nobody\n    mutant:')
    expect(complaint(strange)).toContain('mutant' in what ? 'there is no endpoint nobody' : '')
  }
})
