// A scenario run to its end with its whole trace, and ways to ask that trace. Shared by the tests of endpoints, workload and
// faults.

import { expect } from 'vitest'
import { run } from '../../../sim/run/run.ts'
import type { RunResult } from '../../../sim/run/result.ts'
import type { Scenario } from '../../../sim/scenario/schema.ts'
import { peekType } from '../../../sim/l2tp/wire/header.ts'
import { NO_CAUSE, type Fold, type RecordKind, type TraceRecord } from '../../../sim/trace/record.ts'
import { scenarioOf } from '../scenario/reading.ts'

/** The record of one kind: TraceRecord<K> with its intersection worked out. */
export type Kind<K extends RecordKind> = Extract<TraceRecord, { readonly kind: K }>
type Sought<K extends RecordKind> = Partial<Kind<K>>

export interface Story {
  readonly records: readonly TraceRecord[]
  readonly result: RunResult
  /** The records of one kind whose fields are as given. */
  readonly all: <K extends RecordKind>(kind: K, fields?: Sought<K>) => readonly Kind<K>[]
  /** The only such record. */
  readonly one: <K extends RecordKind>(kind: K, fields?: Sought<K>) => Kind<K>
  /** Instants of such records. */
  readonly times: <K extends RecordKind>(kind: K, fields?: Sought<K>) => readonly number[]
  /** Control messages of one type that an endpoint sent. */
  readonly sent: (endpoint: string, type: string) => readonly Kind<'sent'>[]
  /** The record, what led to it, what led to that, and so on. */
  readonly why: (record: TraceRecord) => readonly TraceRecord[]
}

/** What a test takes for granted is there. */
export function known<T>(value: T | undefined): T {
  if (value === undefined) expect.fail('missing')
  return value
}

const fits = (record: object, fields: object): boolean =>
  Object.entries(fields).every(([name, value]) => Reflect.get(record, name) === value)

/** Tells what happens in a scenario. Violated invariants fail the test, but for those that `suffers` names. */
export function tell(text: string, sets: readonly string[] = [], suffers: readonly string[] = []): Story {
  return tellOf(scenarioOf(text, sets), suffers)
}

export function tellOf(scenario: Scenario, suffers: readonly string[] = []): Story {
  const records: TraceRecord[] = []
  const fold: Fold<undefined> = { see: (record) => void records.push(record), end: () => undefined }
  const result = run(scenario, { folds: [fold] })
  expect(result.violations.filter(({ invariant }) => !suffers.includes(invariant))).toEqual([])
  const all = <K extends RecordKind>(kind: K, fields: Sought<K> = {}): readonly Kind<K>[] =>
    records.filter((record): record is Kind<K> => record.kind === kind && fits(record, fields))
  return {
    records,
    result,
    all,
    one: (kind, fields) => {
      const found = all(kind, fields)
      expect(found, `the only ${kind} ${JSON.stringify(fields)}`).toHaveLength(1)
      return found[0]!
    },
    times: (kind, fields) => all(kind, fields).map(({ at }) => at),
    sent: (endpoint, type) => all('sent', { endpoint, plane: 'control' }).filter(({ bytes }) => peekType(bytes) === type),
    why: (record) => {
      const chain = [record]
      for (let at = record; at.cause !== NO_CAUSE; chain.push(at)) at = records[at.cause]!
      return chain
    },
  }
}

interface Parts {
  /** Fields of the endpoints and of the link, in YAML's flow style. */
  readonly lac?: string
  readonly lns?: string
  readonly link?: string
  /** Fields of the one tunnel. */
  readonly tunnel?: string
  readonly sessions?: string
  readonly faults?: readonly string[]
  readonly duration?: string
  /** Further lines. */
  readonly more?: string
}

/** One LAC, one LNS, 10 ms apart, and one tunnel that the LAC opens at 0. */
export function pairOf(parts: Parts): string {
  const { lac = '', lns = '', link = '', tunnel = '', sessions = '', faults = [], duration = '30s', more = '' } = parts
  return `
duration: ${duration}
endpoints:
  lac1: { role: LAC, ${lac} }
  lns1: { role: LNS, ${lns} }
links: [{ between: [lac1, lns1], latency: 10ms, ${link} }]
tunnels: [{ from: lac1, to: lns1, ${tunnel} ${sessions === '' ? '' : `sessions: ${sessions}`} }]
faults:
${faults.map((fault) => `  - { ${fault} }`).join('\n')}
${more}
`.replace('faults:\n\n', 'faults: []\n')
}
