// A run in the trace event format that Perfetto and chrome://tracing open: a process for each endpoint, a thread for each tunnel, its
// phases as slices, control messages as arrows from sender to receiver, faults and resets as instants.
// Format: the public document "Trace Event Format" (phases X, i, s, f, M; times in microseconds).

import { MICROSECOND, type Nanos } from '../../sim/base/time.ts'
import { glimpseOf } from '../../sim/run/notation.ts'
import { tunnelPhases, type EndpointOf } from '../../sim/run/tunnel-phases.ts'
import type { Fold, TraceRecord } from '../../sim/trace/record.ts'
import { spansOf } from '../model/lane-builder.ts'

type TraceEvent = Readonly<Record<string, unknown>>

const us = (at: Nanos): number => at / MICROSECOND

/** Thread that shows what concerns an endpoint as a whole. */
const WHOLE = 0

/** Folds the trace to the text of the file. */
export function perfettoWriter(endpointOf: EndpointOf): Fold<string> {
  const life = tunnelPhases(endpointOf)
  const events: TraceEvent[] = []
  const processes = new Map<string, number>()
  const pidOf = (endpoint: string): number => {
    let pid = processes.get(endpoint)
    if (pid === undefined) {
      processes.set(endpoint, (pid = processes.size + 1))
      events.push({ ph: 'M', name: 'process_name', pid, args: { name: endpoint } })
    }
    return pid
  }
  const instant = ({ at }: TraceRecord, name: string, pid: number, tid: number): void => {
    events.push({ ph: 'i', s: tid === WHOLE ? 'p' : 't', name, pid, tid, ts: us(at) })
  }
  return {
    see(record) {
      if (life.kinds?.includes(record.kind) ?? true) life.see(record)
      if (record.kind === 'fault') instant(record, `fault: ${record.name} ${record.target}`, pidOf(record.target), WHOLE)
      else if (record.kind === 'controlReset') instant(record, 'control channel reset', pidOf(record.endpoint), record.tunnel)
      else if (record.kind === 'sent' && record.plane === 'control') {
        const { at, packet, tunnel, endpoint } = record
        events.push(...arrowStart({ at, packet, tunnel, pid: pidOf(endpoint), name: glimpseOf(record)?.type ?? '?' }))
      } else if (record.kind === 'handled') {
        const { at, packet, tunnel, endpoint, type, verdict } = record
        const place = { pid: pidOf(endpoint), tid: tunnel, ts: us(at) }
        events.push(
          { ph: 'X', name: `${type} ${verdict}`, ...place, dur: 1 },
          { ph: 'f', bp: 'e', cat: 'message', name: 'message', id: packet, ...place },
        )
      }
    },
    end(at) {
      for (const side of life.end(at).flat()) {
        if (side === undefined) continue
        const [pid, tid] = [pidOf(side.endpoint), side.tunnel]
        events.push({ ph: 'M', name: 'thread_name', pid, tid, args: { name: `tunnel ${String(tid)} to ${side.peer}` } })
        for (const { from, to, phase, label } of spansOf(side.milestones, at)) {
          if (phase !== 'closed')
            events.push({ ph: 'X', name: phase, pid, tid, ts: us(from), dur: us(to - from), args: { label } })
        }
      }
      return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents: events })}\n`
    },
  }
}

interface ArrowStart {
  readonly at: Nanos
  readonly packet: number
  readonly tunnel: number
  readonly pid: number
  readonly name: string
}

function arrowStart({ at, packet, tunnel, pid, name }: ArrowStart): readonly TraceEvent[] {
  const place = { pid, tid: tunnel, ts: us(at) }
  return [
    { ph: 'X', name: `${name} sent`, ...place, dur: 1 },
    { ph: 's', cat: 'message', name: 'message', id: packet, ...place },
  ]
}
