// The parts of the report that are only text: units, tables, findings, verdicts and command lines.

import picocolors from 'picocolors'
import { describe, expect, test } from 'vitest'
import { NEVER, SECOND } from '../../../sim/base/time.ts'
import { quoted, runLine } from '../../../sim/cli/command-line.ts'
import { findingLines, measureText, metricLines, verdictLine, type Paper } from '../../../sim/cli/report.ts'
import type { RunResult } from '../../../sim/run/result.ts'
import { wrapped } from '../../../sim/run/text-lines.ts'

const paper: Paper = { colours: picocolors.createColors(false), width: 80 }

const metrics = [
  { name: 'timeToDetect', unit: 'ns', help: 'From the failure to its detection. More on that.' },
  { name: 'sessionsLost', unit: 'count', help: 'Sessions that ended because of the failure.' },
  { name: 'outage', unit: 'ns', help: 'Does not apply here.' },
  { name: 'lossRate', unit: 'ratio', help: 'Share of data messages lost, told at such length that no line could hold it' },
  { name: 'octetsSent', unit: 'octets', help: 'Octets.' },
  { name: 'falseAlarms', unit: 'count', help: 'Alarms without cause.' },
]

const passed: RunResult = {
  ...{
    scenario: 'a scenario',
    scenarioHash: 'h',
    seed: '7',
    version: '1',
    digest: 'd',
    simulatedNs: 5 * SECOND,
    events: 1,
    records: 1,
  },
  ...{ ended: 'until', verdict: 'pass', metrics: {}, expectations: [], violations: [], goals: [], endpoints: [] },
}

describe('values', () => {
  test.each([
    [1_250_000_000, 'ns', '1.25s'],
    [0, 'ns', '0s'],
    [NEVER, 'ns', 'never'],
    [0.12345, 'ratio', '12.35%'],
    [1234567, 'count', '1 234 567'],
    [1234, 'count', '1234'],
    [12.3456, 'count', '12.346'],
    [999, 'octets', '999'],
  ])('%d %s is %s', (value, unit, expected) => {
    expect(measureText(value, unit)).toBe(expected)
  })
})

describe('the table of metrics', () => {
  const values = { timeToDetect: 200_000_000, sessionsLost: 12, outage: null, lossRate: 0.5, octetsSent: 12345, falseAlarms: 0 }
  const lines = metricLines(values, metrics, paper)

  test('has name, value with unit and what it means, aligned', () => {
    expect(lines[0]).toBe('timeToDetect          200ms  From the failure to its detection. More on that')
    expect(lines[1]).toBe('sessionsLost             12  Sessions that ended because of the failure')
    expect(lines[4]).toBe('octetsSent    12 345 octets  Octets')
  })

  test('breaks long explanations below their beginning, within the width', () => {
    expect(lines[2]).toBe('lossRate                50%  Share of data messages lost, told at such length')
    expect(lines[3]).toBe('                             that no line could hold it')
  })

  test('names what is zero and what does not apply', () => {
    expect(lines.slice(5)).toEqual(['zero: falseAlarms', 'does not apply: outage'])
  })

  test('has counts by kind as tables, with the kinds that occurred', () => {
    const byKind = ['sent.SCCRQ', 'sent.HELLO', 'lost.cut', 'lost.loss', 'octets.SCCRQ', 'octets.HELLO'].map((name) => ({
      ...{ name, unit: 'count', help: '' },
    }))
    const counts = { 'sent.SCCRQ': 2, 'sent.HELLO': 0, 'octets.SCCRQ': 1234, 'octets.HELLO': 0, 'lost.cut': 3, 'lost.loss': 0 }
    expect(metricLines(counts, byKind, paper)).toEqual([
      '',
      '             sent      octets',
      'SCCRQ           2        1234',
      '',
      '           lost',
      'cut           3',
    ])
  })
})

describe('findings', () => {
  test('an expectation shows what was wanted, in its unit, and what came when it is not met', () => {
    const expectations = [
      { metric: 'timeToDetect', expected: 'at most 2000000000', actual: 3 * SECOND, held: false },
      { metric: 'sessionsLost', expected: 'between 1 and 12', actual: 12, held: true },
      { metric: 'outage', expected: 'equals 0', actual: null, held: false },
    ]
    expect(findingLines({ ...passed, expectations }, metrics, paper)).toEqual([
      '✗ timeToDetect at most 2s: it is 3s',
      '✓ sessionsLost between 1 and 12',
      '✗ outage equals 0s: it does not apply',
    ])
  })

  test('a violation shows invariant, requirement, instant, record and message; many are cut', () => {
    const violation = {
      invariant: 'one-recovery-tunnel',
      ref: 'R4951-3.2.1-02',
      at: 12 * SECOND,
      record: 345,
      message: 'lac1 has two',
    }
    const lines = findingLines({ ...passed, violations: Array(25).fill(violation) as (typeof violation)[] }, metrics, paper)
    expect(lines.slice(0, 2)).toEqual(['✗ one-recovery-tunnel (R4951-3.2.1-02) at 12.000000s, record 345', '    lac1 has two'])
    expect(lines.at(-1)).toBe('… and 15 more violations (all are in --json)')
  })

  test('the verdict counts what did not hold', () => {
    const { colours } = paper
    expect(verdictLine(passed, colours)).toBe('PASS a scenario, seed 7: every invariant held')
    const expectations = [{ metric: 'x', expected: 'equals 1', actual: 2, held: false }]
    expect(verdictLine({ ...passed, verdict: 'fail', expectations }, colours)).toBe(
      'FAIL a scenario, seed 7: 1 expectation not met',
    )
    expect(verdictLine({ ...passed, ended: 'interrupted' }, colours)).toBe('INTERRUPTED a scenario, seed 7: at 5.000000s')
    expect(verdictLine({ ...passed, ended: 'event-cap' }, colours)).toBe(
      'FAIL a scenario, seed 7: stopped at the cap on events',
    )
  })
})

test('text is broken at spaces, a long word keeps its line', () => {
  expect(wrapped('one two  three\nincomprehensibilities four', 9)).toEqual([
    'one two',
    'three',
    'incomprehensibilities',
    'four',
  ])
})

describe('the command that repeats a run', () => {
  test('names seed, changes and end', () => {
    expect(runLine({ reference: 'a b.yaml', seed: '007', set: ['links[0].loss=1%'], until: '20s' })).toBe(
      "npx l2tpsim run 'a b.yaml' --seed 007 --set 'links[0].loss=1%' --until 20s",
    )
  })

  test('of standard input says where to put the file', () => {
    expect(runLine({ reference: '-', seed: '1', set: [], until: undefined })).toBe('npx l2tpsim run - --seed 1 < SCENARIO')
  })

  test.each([
    ['plain', 'plain'],
    ["it's", "'it'\\''s'"],
    ['$HOME `x` "y"', '\'$HOME `x` "y"\''],
    ['', "''"],
    ['-n', '-n'],
  ])('quotes %s', (word, expected) => {
    expect(quoted(word)).toBe(expected)
  })
})
