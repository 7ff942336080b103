// From a trace to the model of a run: every table the views need, each in one pass. Runs in the worker, for a run just made and for a
// trace read from a file alike.

import { formatIssues, parseScenario } from '../../sim/scenario/parse.ts'
import type { Scenario } from '../../sim/scenario/schema.ts'
import { observeAll } from '../../sim/run/observe.ts'
import { invariants } from '../../sim/run/invariants.ts'
import { metrics, recoveryTimes, sessionOutages } from '../../sim/run/metrics.ts'
import type { RecoveryTimes } from '../../sim/run/metrics/recovery-times.ts'
import type { RunContext } from '../../sim/run/context.ts'
import type { RunResult } from '../../sim/run/result.ts'
import { contextOf } from '../../sim/run/run.ts'
import { tunnelPhases } from '../../sim/run/tunnel-phases.ts'
import { expandEndpoints } from '../../sim/scenario/expand.ts'
import { digestOf, kindNumbers } from '../../sim/trace/digest.ts'
import type { TraceFile } from '../../sim/trace/jsonl-reader.ts'
import type { Fold, RecordKind, TraceRecord } from '../../sim/trace/record.ts'
import { columnWriter, foldOver, recordsOf, type TraceColumns } from '../trace/columns.ts'
import { effectsOf } from '../trace/effects.ts'
import { faultMarks } from './fault-marks.ts'
import { lanesOf } from './lane-builder.ts'
import { linksOf } from './links.ts'
import { messageTable } from './message-table.ts'
import { NOBODY, type ModelEndpoint, type Origin, type RunModel } from './model.ts'
import { tunnelIndex } from './tunnel-index.ts'

export interface FinishedRun {
  readonly scenario: Scenario
  readonly origin: Origin
  readonly trace: TraceColumns
  readonly result: RunResult
  readonly wallMs: number
}

/** The model of a run of a scenario that is known. */
export function modelOfRun({ scenario, origin, trace, result, wallMs }: FinishedRun): RunModel {
  const endpoints = expandEndpoints(scenario).map((endpoint): ModelEndpoint => ({
    name: endpoint.name,
    role: endpoint.role,
    addresses: endpoint.backupAddress === undefined ? [endpoint.address] : [endpoint.address, endpoint.backupAddress],
    secret: endpoint.l2tp.secret,
  }))
  const links = linksOf(scenario)
  return assemble({ origin, trace, result, wallMs, endpoints, links, context: contextOf(scenario), end: result.simulatedNs })
}

export type TraceModel = { readonly ok: true; readonly model: RunModel } | { readonly ok: false; readonly message: string }

/** The model of a stored trace. Metrics and invariants are folded anew, as they hold no reference to the world. */
export function modelOfTrace(file: TraceFile): TraceModel {
  const { header, trailer } = file
  const parsed = parseScenario(header.scenarioText, 'trace.yaml')
  if (!parsed.ok) return { ok: false, message: `the scenario in the trace cannot be read: ${formatIssues(parsed.issues)}` }
  const { scenario } = parsed
  const writer = columnWriter(Math.max(16, file.records.length))
  for (const record of file.records) writer.see(record)
  const trace = writer.end(0)
  const end = trailer?.at ?? trace.at[trace.count - 1] ?? 0
  const observation = observeAll(contextOf(scenario))
  foldOver(trace, [observation])
  const observed = observation.end(end)
  const digest = digestOf(recordsOf(trace))
  const origin: Origin = {
    title: header.scenario,
    shows: scenario.shows,
    seed: header.seed,
    version: header.version,
    scenarioHash: header.scenarioHash,
    yaml: header.scenarioText,
    sets: [],
    damaged: trailer !== undefined && trailer.digest !== digest,
  }
  const result: RunResult = {
    ...origin,
    scenario: header.scenario,
    digest,
    simulatedNs: end,
    events: 0,
    records: trace.count,
    ended: (trailer?.ended ?? 'interrupted') as RunResult['ended'],
    verdict: observed.violations.length === 0 ? 'pass' : 'fail',
    ...observed,
    expectations: [],
    endpoints: [],
  }
  return { ok: true, model: modelOfRun({ scenario, origin, trace, result, wallMs: 0 }) }
}

interface Parts {
  readonly origin: Origin
  readonly trace: TraceColumns
  readonly result: RunResult
  readonly wallMs: number
  readonly endpoints: readonly ModelEndpoint[]
  readonly links: RunModel['links']
  readonly context: RunContext
  readonly end: number
}

/** Keeps the records of some kinds. */
function collector<K extends RecordKind>(kinds: readonly K[]): Fold<void> & { readonly found: TraceRecord<K>[] } {
  const found: TraceRecord<K>[] = []
  return {
    kinds,
    found,
    see(record) {
      found.push(record as unknown as TraceRecord<K>)
    },
    end: () => undefined,
  }
}

function assemble(parts: Parts): RunModel {
  const { trace, endpoints, context, end } = parts
  const places = new Map(endpoints.map(({ name }, place) => [name, place]))
  const names = new Map(endpoints.flatMap(({ name, addresses }) => addresses.map((address) => [address, name])))
  const endpointOf = (address: string): string => names.get(address.split(':')[0] ?? '') ?? address
  const life = tunnelPhases(endpointOf)
  const opened = collector(['tunnel'])
  const resets = collector(['controlReset'])
  const faults = collector(['fault'])
  const outages = sessionOutages(context)
  const times = recoveryTimes(context)
  foldOver(trace, [life, opened, resets, faults, outages, times])
  const pairs = life.end(end)
  const recoveries = opened.found.filter(({ purpose, event }) => purpose === 'recovery' && event === 'opening')
  const tunnels = tunnelIndex(pairs, recoveries, resets.found)
  const messages = messageTable({
    trace,
    tunnels,
    placeOfName: (name) => places.get(name) ?? NOBODY,
    placeOfAddress: (address) => places.get(endpointOf(address)) ?? NOBODY,
  })
  return {
    origin: parts.origin,
    end,
    trace,
    effects: effectsOf(trace.cause),
    endpoints,
    links: parts.links,
    lanes: lanesOf({ trace, pairs, tunnels, end }),
    messages,
    instants: instantsOf(trace, messages.kind, messages.seq),
    faults: faultMarks(faults.found),
    transitions: seqsOf(trace, [kindNumbers.transition]),
    standing: seqsOf(trace, [kindNumbers.plane, kindNumbers.replica]),
    result: parts.result,
    metrics: metrics.map(({ name, unit, help }) => ({ name, unit, help })),
    invariants: invariants.filter(({ kind }) => kind !== 'sometimes').map(({ name, ref, help }) => ({ name, ref, help })),
    outages: outages.end(end),
    times: plainTimes(times.end(end)),
    wallMs: parts.wallMs,
  }
}

/** Without what only the fold itself needs. */
function plainTimes({ episode, detectedAt, activeAt, sessionSynchronisedAt, tunnels }: RecoveryTimes): RecoveryTimes {
  const { at, isFailure, failed, lastPacket, over } = episode
  const plain = { at, isFailure, failed: new Set(failed), lastPacket, over }
  return { episode: plain, detectedAt, activeAt, sessionSynchronisedAt, tunnels: tunnels.map((tunnel) => ({ ...tunnel })) }
}

function seqsOf({ kinds }: TraceColumns, wanted: readonly number[]): Int32Array {
  const found: number[] = []
  for (let seq = 0; seq < kinds.length; seq++) if (wanted.includes(kinds[seq]!)) found.push(seq)
  return Int32Array.from(found)
}

/** Kinds of record that are worth room on a folded axis wherever they happen. */
const telling: ReadonlySet<number> = new Set(
  (['fault', 'plane', 'replica', 'controlReset', 'recovery', 'tunnel', 'session', 'handled'] as const).map(
    (kind) => kindNumbers[kind],
  ),
)

function instantsOf(trace: TraceColumns, kind: Uint8Array, seqs: Int32Array): Float64Array {
  const isData = new Uint8Array(trace.count)
  for (let i = 0; i < seqs.length; i++) if (kind[i] === 0) isData[seqs[i]!] = 1
  const found: number[] = []
  for (let seq = 0; seq < trace.count; seq++) {
    const number = trace.kinds[seq]!
    const counts = telling.has(number) || (number === kindNumbers.sent && isData[seq] === 0)
    if (counts && trace.at[seq] !== found[found.length - 1]) found.push(trace.at[seq]!)
  }
  // A run of data alone: then its ticks are what happens.
  return found.length > 2 ? Float64Array.from(found) : trace.at.slice(0, 4096)
}
