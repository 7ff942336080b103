// Expressions: precedence, units, missing values, and mistakes with their column.

import { describe, expect, test } from 'vitest'
import { evaluate, isCondition, namesIn, parseExpression, type Value } from '../../../sim/sweep/expression.ts'

const values: Readonly<Record<string, Value>> = { a: 6, b: 3, 'lost.queue-full': 2, none: null, yes: true, word: 'redial' }

function value(text: string): Value | string {
  const parsed = parseExpression(text)
  return parsed.ok ? evaluate(parsed.expression, (name) => values[name] ?? null) : `${String(parsed.column)}: ${parsed.why}`
}

test.each<[string, Value]>([
  ['1 + 2 * 3', 7], ['(1 + 2) * 3', 9], ['a - b - 1', 2], ['a / b / 2', 1], ['-a + 1', -5], ['2 * -b', -6],
  ['40ms', 40e6], ['1%', 0.01], ['10Mbit/s', 1e7], ['50/s + 1', 51], ['1500B', 1500], ['2min', 120e9], ['a/b', 2],
  ['min(a, b, 4) + max(1, 2)', 5], ['lost.queue-full * 2', 4], ['a - 1', 5],
  ['a > b', true], ['a <= 5', false], ['a == 6 and b != 3', false], ['a == 6 or b != 3', true], ['not a < b and yes', true],
  ["word == 'redial'", true], ['word != "redial"', false], ['true', true],
])('%s is %s', (text, expected) => {
  expect(value(text)).toBe(expected)
})

test.each<[string, Value]>([
  ['none + 1', null], ['none < 3', null], ['a / 0', null], ['not none', null], ['none == 1', null], ['min(a, none)', null], ['-word', null],
  ['false and none', false], ['none and false', false], ['true or none', true], ['true and none', null], ['word < 3', null],
])('what is missing stays missing: %s is %s', (text, expected) => {
  expect(value(text)).toBe(expected)
})

test.each([
  ['a +', '4: something is missing at the end'], ['a b', '3: `b` is not expected here'], ['(a', '3: `)` is expected here'], ['5parsecs', '1: `5parsecs` is not a number with a unit'],
  ['a ? b', '3: `?` is not understood'], ['sin(a)', '1: `sin` is not a function; there are `min` and `max`'], ['and a', '1: `and` is not expected here'], ['', '1: something is missing at the end'],
])('%s: %s', (text, expected) => {
  expect(value(text)).toBe(expected)
})

describe('what an expression is', () => {
  const parsed = (text: string): Parameters<typeof namesIn>[0] => {
    const result = parseExpression(text)
    if (!result.ok) throw new Error(result.why)
    return result.expression
  }

  test('names with their first column', () => {
    expect([...namesIn(parsed('max(b, -a) < lost.queue-full + a'))]).toEqual([['b', 5], ['a', 9], ['lost.queue-full', 14]])
  })

  test('conditions by their form', () => {
    expect(['a < b', 'not a', 'a and b', 'true'].map((text) => isCondition(parsed(text)))).toEqual([true, true, true, true])
    expect(['a + b', 'a', 'max(a, b)', '3'].map((text) => isCondition(parsed(text)))).toEqual([false, false, false, false])
  })
})
