// The model of a run: columns give the records back, and every table the views draw agrees with the trace and the metrics.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { digestOf, jsonlWriter, parseScenario, readTrace, Run } from '../../../sim/index.ts'
import { SECOND } from '../../../sim/base/time.ts'
import { glimpseOf } from '../../../sim/run/notation.ts'
import { differingFields, firstDivergence, type Difference } from '../../../sim/trace/divergence.ts'
import { phaseOfLane, phaseOfSide, sessionsAt } from '../../../web/layout/phase-at.ts'
import { flowGaps } from '../../../web/layout/flow-gaps.ts'
import { modelOfTrace } from '../../../web/model/build.ts'
import { decodedOf, lineOf } from '../../../web/model/inspect.ts'
import { messageOfPacket, underWay } from '../../../web/model/message-table.ts'
import { AGAIN, LOST, messageKinds, RECOVERED, RECOVERY } from '../../../web/model/model.ts'
import { nearestRecord } from '../../../web/model/nearest.ts'
import { recoveryParts } from '../../../web/model/recovery-phases.ts'
import { standingAt } from '../../../web/model/standing.ts'
import { firingsOf, lastTransition } from '../../../web/model/transitions.ts'
import { perfettoWriter } from '../../../web/run/perfetto.ts'
import { columnWriter, listed, recordAt, recordsOf } from '../../../web/trace/columns.ts'
import { chainOf, ledTo } from '../../../web/trace/effects.ts'
import { guideSteps } from '../../../web/guide.ts'
import { modelOf } from './run-model.ts'

const DEFAULT = 'failover/lns-control-failure'
const run = modelOf(DEFAULT)

describe('over IP', () => {
  // RFC 3931 4.1.1.2: 32 zero bits stand before a control message.
  const overIp = modelOf('v3/over-ip')

  test('every control message has its numbers beside its arrow', () => {
    const control = [...overIp.messages.seq].map((seq) => recordAt(overIp.trace, seq)).filter((record) => record.kind === 'sent' && record.plane === 'control')
    expect(control.length).toBeGreaterThan(20)
    for (const record of control) if (record.kind === 'sent') expect(glimpseOf(record)?.type).toMatch(/^[A-Za-z]+$/)
  })

  test('Perfetto is told the types of messages', () => {
    const fold = perfettoWriter((address) => address)
    for (const record of recordsOf(overIp.trace)) fold.see(record)
    const text = fold.end(overIp.end)
    expect(text).toContain('"SCCRQ sent"')
    expect(text).not.toContain('"? sent"')
  })
})

describe('columns', () => {
  test('give every record back: the digest over them is that of the run', () => {
    expect(digestOf(recordsOf(run.trace))).toBe(run.result.digest)
    expect(run.trace.count).toBe(run.result.records)
  })

  test('grow from any size without changing a record', () => {
    const small = columnWriter(1)
    for (const record of recordsOf(run.trace)) small.see(record)
    expect(digestOf(recordsOf(small.end(0)))).toBe(run.result.digest)
  })

  test('cause and effect are each other’s reverse', () => {
    for (let seq = 0; seq < run.trace.count; seq += 7) {
      const cause = run.trace.cause[seq]!
      if (cause >= 0) expect(ledTo(run.effects, cause, Infinity)).toContain(seq)
    }
    const reset = [...recordsOf(run.trace)].findIndex(({ kind }) => kind === 'controlReset')
    expect(chainOf(run.trace.cause, reset, 100).map((seq) => recordAt(run.trace, seq).kind)).toContain('fault')
  })

  test('a stored trace makes the same model as the run itself, metrics and verdict included', () => {
    const text = readFileSync(`scenarios/${DEFAULT}.yaml`, 'utf8')
    const parsed = parseScenario(text, 'x.yaml')
    if (!parsed.ok) throw new Error('unreadable')
    const lines: string[] = []
    const writer = jsonlWriter({ version: '1', scenario: 'x', scenarioHash: '', seed: '1', scenarioText: text, endpoints: [] }, (chunk) => lines.push(chunk))
    const live = new Run(parsed.scenario, { folds: [writer] })
    live.advance(Infinity)
    const { digest, ended } = live.result()
    writer.finish({ at: live.now, digest, ended })
    const file = readTrace(lines.join('').split('\n'))
    if (!file.ok) throw new Error(file.message)
    const made = modelOfTrace(file)
    if (!made.ok) throw new Error(made.message)
    expect(made.model.result.digest).toBe(run.result.digest)
    expect(made.model.result.metrics).toEqual(run.result.metrics)
    expect(made.model.lanes).toEqual(run.lanes)
    expect(made.model.origin.damaged).toBe(false)
  })
})

describe('lanes', () => {
  const lane = run.lanes[0]!
  const [lac, lns] = [lane.sides[0]!, lane.sides[1]!]

  test('a side is established, its peer unnoticed dead, recovering, synchronising and recovered, in this order', () => {
    expect(lac.spans.map(({ phase }) => phase)).toEqual(['establishing', 'established', 'unnoticed', 'recovering', 'synchronising', 'recovered'])
    expect(lns.spans.map(({ phase }) => phase)).toEqual(['establishing', 'established', 'failed', 'taking-over', 'recovering', 'synchronising', 'recovered'])
  })

  test('at an instant: phases by side, the worse of both for the tunnel, and sessions', () => {
    expect(phaseOfSide(lac, 5.1 * SECOND)).toBe('unnoticed')
    expect(phaseOfSide(lns, 5.1 * SECOND)).toBe('failed')
    expect(phaseOfLane(lane, 5.1 * SECOND)).toBe('failed')
    expect(phaseOfLane(lane, 20 * SECOND)).toBe('recovered')
    expect(sessionsAt(lac, 4 * SECOND)).toBe(10)
    expect(sessionsAt(lac, 0)).toBe(0)
  })

  test('data delivered on all sides is what the metrics count, and its flow has no gap here', () => {
    expect(lac.delivered.length + lns.delivered.length).toBe(run.result.metrics['dataDelivered'])
    expect(flowGaps(lac.delivered, run.end)).toEqual([])
  })

  test('a data plane that dies leaves a gap in the flow', () => {
    const broken = modelOf(DEFAULT, [{ path: 'faults[0].plane', value: 'both' }])
    const gaps = broken.lanes.flatMap(({ sides }) => sides.flatMap(({ delivered }) => flowGaps(delivered, broken.end)))
    expect(gaps.length).toBeGreaterThan(0)
  })

  test('a tunnel that is given up is shown so, with its Recovery Time as a bar that ran out', () => {
    const silent = modelOf('failover/restart-without-memory')
    const timers = silent.lanes.flatMap(({ sides }) => sides.flatMap((side) => side.timers))
    expect(timers.some(({ timer }) => timer === 'retransmission')).toBe(true)
  })
})

describe('messages', () => {
  const { messages } = run

  test('each has its fate, kind and track', () => {
    expect(messages.count).toBe([...recordsOf(run.trace)].filter(({ kind }) => kind === 'sent').length)
    const sccrq = [...messages.kind.keys()].filter((i) => messageKinds[messages.kind[i]!] === 'SCCRQ')
    expect(sccrq.map((i) => messages.flags[i]! & RECOVERY)).toEqual([0, RECOVERY])
    const fsq = messages.kind.indexOf(messageKinds.indexOf('FSQ'))
    expect(messages.flags[fsq]! & RECOVERED).toBe(RECOVERED)
    expect(messages.flags.some((flags) => (flags & LOST) !== 0)).toBe(false)
  })

  test('lost and retransmitted ones are marked as the metrics count them', () => {
    const lossy = modelOf(DEFAULT, [{ path: 'links[0].loss', value: '20%' }], '3')
    const count = (flag: number): number => lossy.messages.flags.filter((flags) => (flags & flag) !== 0).length
    expect(count(LOST)).toBe(lossy.result.metrics['packetsLost'])
    expect(count(AGAIN)).toBe(lossy.result.metrics['controlRetransmissions'])
  })

  test('under way are those sent and not yet arrived', () => {
    const at = 5.505 * SECOND
    expect(underWay(messages, at, 100).map((i) => messageKinds[messages.kind[i]!])).toContain('SCCRQ')
    for (const i of underWay(messages, at, 100)) {
      expect(messages.sentAt[i]).toBeLessThanOrEqual(at)
      expect(messages.endAt[i]).toBeGreaterThan(at)
    }
  })

  test('any record about a packet finds its octets and decodes them', () => {
    for (const record of recordsOf(run.trace)) {
      if (!('packet' in record)) continue
      const message = messageOfPacket(messages, record.packet)
      expect(messages.packet[message]).toBe(record.packet)
      const decoded = decodedOf(run, record)
      expect(decoded?.description.problem).toBeUndefined()
    }
  })
})

describe('what views ask', () => {
  test('every record has words of its own', () => {
    for (let seq = 0; seq < run.trace.count; seq++) expect(lineOf(run, seq)).not.toMatch(/undefined|NaN/)
  })

  test('the fault is what one means who points at it', () => {
    const near = nearestRecord(run, { at: 5 * SECOND, from: 4.99 * SECOND, to: 5.01 * SECOND, lane: 0 })
    expect(near).toBe(run.faults[0]!.seq)
  })

  test('planes and replicas at an instant', () => {
    expect(standingAt(run, 4 * SECOND).get('lns1')).toMatchObject({ control: true, data: true })
    const broken = standingAt(run, 5.1 * SECOND).get('lns1')
    expect(broken).toMatchObject({ control: false, data: true })
    expect(broken?.replicas.get('primary')).toBe('failed')
  })

  test('rows fired, and the state of a machine at an instant', () => {
    const { instances, byRow } = firingsOf(run, 'recovery-endpoint')
    expect(instances).toHaveLength(1)
    expect([...byRow.values()].flat().length).toBe(instances[0]!.seqs.length)
    expect(lastTransition(run, instances[0]!, 5.515 * SECOND)?.to).toBe('requesting')
    expect(lastTransition(run, instances[0]!, 20 * SECOND)?.to).toBe('recovered')
    expect(lastTransition(run, instances[0]!, 0)).toBeUndefined()
  })

  test('an arrow of a machine fired only where its own state was left: rows of several states are told apart', () => {
    const { byArrow } = firingsOf(run, 'recovery-endpoint')
    expect([...byArrow.keys()]).toEqual(['waiting requesting', 'requesting confirming', 'confirming recovered'])
  })

  test('the parts of a recovery add up to the time until both sides are synchronised', () => {
    const sum = recoveryParts(run).reduce((total, { length }) => total + length, 0)
    expect(sum).toBe(run.result.metrics['timeToSynchronised'])
  })

  test('two runs part at the first record that differs, and a run does not part from itself', () => {
    const other = modelOf(DEFAULT, [], '2')
    const seq = firstDivergence(listed(run.trace), listed(other.trace)) ?? -1
    expect(seq).toBeGreaterThan(0)
    expect(firstDivergence(listed(run.trace), listed(modelOf(DEFAULT).trace))).toBeUndefined()
    const between = (at: number): readonly Difference[] => differingFields(recordAt(run.trace, at), recordAt(other.trace, at))
    expect(between(seq).length).toBeGreaterThan(0)
    expect(between(seq - 1)).toEqual([])
    // Further on records of different kinds stand beside each other: what only one of them has is no difference.
    for (let at = seq; at < Math.min(run.trace.count, other.trace.count, seq + 500); at++) {
      const fields = between(at)
      expect(JSON.stringify(fields)).not.toMatch(/undefined|NaN|Infinity/)
      for (const { field, a, b } of fields) if (field === 'at') expect(`${a} ${b}`).toMatch(/^\d+\.\d{9}s \d+\.\d{9}s$/)
      if (run.trace.kinds[at] !== other.trace.kinds[at]) expect(fields[0]?.field).toBe('kind')
    }
  })

  test('the guided reading finds a place for every step, in order of time', () => {
    const places = guideSteps.map(({ find }) => find(run))
    expect(places).not.toContain(undefined)
    const times = places.map((seq) => run.trace.at[seq ?? -1]!)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  })
})

describe.each(['v3/sequence-reset-over-ip', 'v3/nonces-replaced', 'v3/mixed-versions'])('L2TPv3: %s', (name) => {
  const third = modelOf(name)

  test('every message has its kind, and every record about a packet decodes, data down to its payload', () => {
    const { messages } = third
    const seen = new Set([...messages.kind.subarray(0, messages.count)].map((kind) => messageKinds[kind]!))
    expect([seen.has('ACK'), seen.has('FSQ'), seen.has('?')]).toEqual([true, true, false])
    for (const record of recordsOf(third.trace)) {
      if (!('packet' in record)) continue
      const description = decodedOf(third, record)?.description
      expect(description?.problem).toBeUndefined()
      expect(description?.fields.map((field) => field.name)).not.toContain('Cookie, sublayer and payload')
    }
  })

  test('the lanes agree with the metrics', () => {
    expect(third.lanes.length).toBeGreaterThan(0)
    for (let seq = 0; seq < third.trace.count; seq++) expect(lineOf(third, seq)).not.toMatch(/undefined|NaN/)
  })
})
