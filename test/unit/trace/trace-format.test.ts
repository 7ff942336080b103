// docs/trace-format.md describes the records that exist, field by field, and every word that may stand in them.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { TRACE_FORMAT, TRACE_FORMAT_VERSION } from '../../../sim/trace/jsonl.ts'
import {
  controlVerdicts,
  dataVerdicts,
  dropReasons,
  recordKinds,
  recoverySteps,
  sessionEnds,
  syncOutcomes,
  tunnelEnds,
} from '../../../sim/trace/record.ts'

const document = readFileSync(join(import.meta.dirname, '../../../docs/trace-format.md'), 'utf8')

test('every kind is described with its fields and their types in order', () => {
  const rows = [...document.matchAll(/^\| `(\w+)` \| ((?:`\w+` (?:name|text|int|flag|bytes)(?:, )?)+) \|/gm)]
  const described = Object.fromEntries(
    rows.map(([, kind = '', fields = '']) => [
      kind,
      [...fields.matchAll(/`(\w+)` (\w+)/g)].map(([, field, type]) => [field, type]),
    ]),
  )
  expect(described).toEqual(
    Object.fromEntries(Object.entries(recordKinds).map(([kind, fields]) => [kind, Object.entries(fields)])),
  )
})

test('every reason, verdict, step and outcome is named', () => {
  const words = [
    ...dropReasons,
    ...controlVerdicts,
    ...dataVerdicts,
    ...tunnelEnds,
    ...sessionEnds,
    ...recoverySteps,
    ...syncOutcomes,
  ]
  expect(words.filter((word) => !document.includes(`\`${word}\``))).toEqual([])
})

test('the format and its version are those of the writer', () => {
  expect(document).toContain(`\`format\` | always \`${TRACE_FORMAT}\``)
  expect(document).toContain(`\`formatVersion\` | ${String(TRACE_FORMAT_VERSION)}.`)
})
