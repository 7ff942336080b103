// All metrics, invariants and goals in one pass: a sound story violates nothing, and one pass says what single folds say.

import { describe, expect, test } from 'vitest'
import { MINUTE, SECOND } from '../../../sim/base/time.ts'
import { invariants } from '../../../sim/run/invariants.ts'
import { metrics } from '../../../sim/run/metrics.ts'
import {
  contextWith,
  CONVERGENCE_BOUND,
  found,
  measured,
  observed,
  recovered,
  TraceBuilder,
  underway,
} from '../../support/trace-builder.ts'

describe('a sound story', () => {
  test('set-up, failure, recovery, synchronisation and a long silence violate nothing', () => {
    const story = recovered().wait(CONVERGENCE_BOUND + SECOND)
    expect(observed(story).violations).toEqual([])
  })

  test('nor does the reset to zero (R4951-3.2.2-05)', () => {
    const story = underway()
      .crash()
      .takeOver([9, 7])
      .recover({ ns: 0, nr: 0 }, [9, 7])
      .synchronise([9, 7])
      .wait(10 * MINUTE)
    expect(observed(story).violations).toEqual([])
  })

  test('nor does an empty trace', () => {
    const { violations, metrics: values, goals } = observed(new TraceBuilder())
    expect(violations).toEqual([])
    expect(goals.every(({ times }) => times === 0)).toBe(true)
    expect([values['timeToDetect'], values['sessionsEstablished'], values['sent.FSQ']]).toEqual([null, 0, 0])
  })

  test('endpoints that the context does not know are left alone', () => {
    const context = { ...contextWith(), endpoints: [] }
    expect(observed(recovered(), context).violations).toEqual([])
  })
})

describe('one pass and single folds', () => {
  const story = (): TraceBuilder => {
    const trace = recovered()
    const hello = trace.pass(trace.lac, 'HELLO')
    trace.hear(hello)
    trace.hear(trace.say(trace.lac, 'HELLO', { ns: 7 }))
    return trace.wait(10 * MINUTE)
  }

  test('give the same metrics', () => {
    const { metrics: together } = observed(story())
    expect(together).toEqual(Object.fromEntries(metrics.map(({ name }) => [name, measured(name, story())])))
  })

  test('give the same violations, ordered by record', () => {
    const { violations } = observed(story())
    const single = invariants.flatMap(({ name, kind }) =>
      kind === 'sometimes' ? [] : found(name, story()).map((record) => ({ invariant: name, record })),
    )
    expect(violations.length).toBeGreaterThan(2)
    expect(violations.map(({ record }) => record)).toEqual(violations.map(({ record }) => record).toSorted((a, b) => a - b))
    const key = ({ invariant, record }: { invariant: string; record: number }): string => `${String(record)} ${invariant}`
    expect(violations.map(key).toSorted()).toEqual(single.map(key).toSorted())
  })

  test('give the same goals', () => {
    for (const { goal, times } of observed(story()).goals) expect(found(goal, story()), goal).toHaveLength(times)
  })
})

describe('the registries', () => {
  test.each([
    ['metrics', metrics.map(({ name }) => name)],
    ['invariants', invariants.map(({ name }) => name)],
  ])('%s have unique names', (_, names) => {
    expect(names).toEqual([...new Set(names)])
  })

  test('invariants are named in kebab-case and cite requirements', () => {
    for (const { name, ref } of invariants) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/)
      expect(ref).toMatch(/^R(2661|3931|4951)-[0-9A-Z.]+-\d+(, R(2661|3931|4951)-[0-9A-Z.]+-\d+)*$/)
    }
  })
})
