// Invariants over traces of L2TPv3: a run as it is violates none, and the same run with one thing changed violates the one about it, over
// UDP and over IP.

import { describe, expect, test } from 'vitest'
import { observeAll } from '../../../sim/run/observe.ts'
import { contextOf, run } from '../../../sim/run/run.ts'
import type { TraceRecord } from '../../../sim/trace/record.ts'
import { known } from '../endpoint/story.ts'
import { shipped } from '../../support/dialogue-run.ts'

type Sent = TraceRecord<'sent'>

describe.each(['udp', 'ip'] as const)('over %s', (transport) => {
  const at = transport === 'ip' ? 4 : 0
  const set = {
    'tunnels[0].transport': transport,
    // The first SCCCN and an FSQ have to come again.
    'links[0].script': '[{ drop: { message: SCCCN } }, { drop: { message: FSQ } }]',
  }
  const scenario = shipped('v3/sequence-reset-over-ip', { ...set, 'defaults.endpoint.l2tp.secret': 's' })
  const records: TraceRecord[] = []
  run(scenario, { folds: [{ see: (record) => void records.push(record), end: () => undefined }] })

  /** Names of the invariants violated when some records are others. */
  function violated(change: (record: TraceRecord) => TraceRecord): readonly string[] {
    const fold = observeAll(contextOf(scenario))
    for (const record of records) if (fold.kinds?.includes(record.kind) ?? true) fold.see(change(record))
    return [...new Set(fold.end(records.at(-1)?.at ?? 0).violations.map(({ invariant }) => invariant))]
  }

  const first = (wanted: (record: Sent) => boolean): Sent => known(records.find((record) => record.kind === 'sent' && wanted(record))) as Sent
  const instead = (old: TraceRecord, other: TraceRecord) => (record: TraceRecord) => (record === old ? other : record)
  function flipped(sent: Sent, octet: number): Sent {
    const bytes = sent.bytes.slice()
    bytes[octet] = bytes[octet]! ^ 1
    return { ...sent, bytes }
  }

  test('nothing is wrong with the run itself', () => {
    expect(violated((record) => record)).toEqual([])
    expect(records.some((record) => record.kind === 'sent' && record.attempt === 2)).toBe(true)
  })

  test('R3931-5.4.1-12 a retransmission has its own Nr and digest, and nothing else', () => {
    const again = first(({ attempt, plane }) => plane === 'control' && attempt === 2)
    const digestAt = at + 20 + 7
    expect(violated(instead(again, flipped(again, digestAt)))).toEqual([])
    expect(violated(instead(again, flipped(again, at + 14)))).toContain('retransmission-unchanged')
  })

  test('R2661-5.8-05 numbers stand where they do in L2TPv2', () => {
    const hello = first(({ attempt, plane, at: instant }) => plane === 'control' && attempt === 1 && instant > 0)
    expect(violated(instead(hello, flipped(hello, at + 9)))).toContain('first-transmissions-in-order')
    expect(violated(instead(hello, flipped(hello, at + 11)))).toContain('nr-names-the-next-expected')
  })

  test('R4951-5.4-05 the AVPs of RFC 4951 are found behind the digest', () => {
    const query = first(({ bytes, plane }) => plane === 'control' && bytes[at + 19] === 21)
    const headAt = at + 20 + 23
    const wrong = flipped(query, headAt)
    wrong.bytes[headAt] = query.bytes[headAt]! ^ 0x80
    expect(violated(instead(query, wrong))).toContain('failover-avps-well-formed')
  })

  test('R3931-4.6-06 data numbers of 24 bits may pass 65535, and may not go back', () => {
    const accepted = known(records.find((record) => record.kind === 'data' && record.verdict === 'accepted' && record.ns > 5))
    if (accepted.kind !== 'data') throw new Error('no data')
    const shifted = (by: number) => (record: TraceRecord): TraceRecord =>
      record.kind === 'data' && record.endpoint === accepted.endpoint && record.ns >= 0 ? { ...record, ns: record.ns + by } : record
    // Numbers from 65530 on: they wrap in 16 bits, not in 24.
    expect(violated(shifted(65_530))).toEqual([])
    expect(violated(instead(accepted, { ...accepted, ns: 0 }))).toContain('data-numbers-never-go-back')
  })
})

test('R3931-4.2-15 a node that speaks both retransmits ten times in L2TPv3 and five times in L2TPv2', () => {
  for (const [version, count] of [[2, 5], [3, 10]] as const) {
    const set = { 'defaults.endpoint.l2tp.version': 'both', 'tunnels[0].version': String(version), 'expect': '[]' }
    const result = run(shipped('basic/silent-peer', set))
    expect(result.violations).toEqual([])
    expect(result.metrics['retransmitted.HELLO']).toBe(count)
  }
})
