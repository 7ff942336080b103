// Taking behaviours out, as `npm run removals` does: each table left is another one and answers every event; each rule left is another one.

import { describe, expect, test } from 'vitest'
import { NEVER, SECOND } from '../../../sim/base/time.ts'
import { flaws } from '../../../sim/l2tp/fsm.ts'
import { machines } from '../../../sim/l2tp/machines/index.ts'
import { standardRules } from '../../../sim/l2tp/rules.ts'
import { mutated, tableMutantText } from '../../../sim/l2tp/table-mutants.ts'
import { asRuled, removalsOf, ruleNames } from '../../support/removal.ts'

describe.each(machines.map((machine) => [machine.name, machine] as const))('%s', (_, machine) => {
  test('each removal changes the table and leaves every pair of state and event answered or ignored', () => {
    for (const removal of removalsOf(machine)) {
      const left = mutated(machine, removal)
      expect({ rows: left.rows, ignored: left.ignored }).not.toEqual({ rows: machine.rows, ignored: machine.ignored })
      expect(flaws(left).filter((flaw) => !flaw.endsWith('no row leads there') && !/guard|shadowed/.test(flaw)), tableMutantText(machine, removal)).toEqual([])
    }
  })

  test('every row can be removed, and every action and guard of it', () => {
    const removals = removalsOf(machine)
    expect(removals.filter(({ what }) => what === 'row')).toHaveLength(machine.rows.length)
    expect(removals.filter(({ what }) => what === 'action')).toHaveLength(machine.rows.flatMap((row) => row.do).length)
    expect(removals.filter(({ what }) => what === 'guard true')).toHaveLength(machine.rows.filter((row) => row.if !== undefined).length)
  })

  test('each removal has a text of its own, by which its answer is remembered', () => {
    const texts = removalsOf(machine).map((removal) => tableMutantText(machine, removal))
    expect(new Set(texts).size).toBe(texts.length)
  })
})

describe('rules', () => {
  test.each(ruleNames)('%s: one rule or more is another one, the rest is as it was', (rule) => {
    const left = asRuled(standardRules, { rule })
    const differing = Object.keys(standardRules).filter((key) => left[key as keyof typeof left] !== standardRules[key as keyof typeof left])
    expect(differing).toHaveLength(1)
  })

  test('every rule can be removed but what only quirks and mutants replace', () => {
    const removable = ruleNames.flatMap((rule) => {
      const left = asRuled(standardRules, { rule })
      return Object.keys(standardRules).filter((key) => left[key as keyof typeof left] !== standardRules[key as keyof typeof left])
    })
    expect(Object.keys(standardRules).filter((key) => !removable.includes(key))).toEqual(['retransmission', 'due'])
  })

  test('a timer that is taken out never fires, the others do', () => {
    const { due } = asRuled(standardRules, { timer: 'hello' })
    expect([due('hello', SECOND, 0), due('linger', SECOND, 0)]).toEqual([NEVER, SECOND])
  })

  test('a rule that does not exist is not taken out in silence', () => {
    expect(() => asRuled(standardRules, { rule: 'no such rule' })).toThrow('no rule is called no such rule')
  })
})
