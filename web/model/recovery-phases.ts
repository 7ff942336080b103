// The time of a recovery in its parts, on one line from the failure to the first data after it: means over the tunnels, as the metrics
// `phase…` have them (sim/run/metrics.ts).

import type { RunModel } from './model.ts'

export interface RecoveryPart {
  readonly metric: string
  readonly words: string
  readonly help: string
  readonly length: number
}

const parts: readonly (readonly [metric: string, words: string, help: string])[] = [
  ['phaseDetect', 'detect', 'until somebody notices that the control plane is gone'],
  ['phaseTakeOver', 'take over', 'until a replica runs the protocol'],
  ['phaseWait', 'wait', 'until the recovery SCCRQ leaves (pacing)'],
  ['phaseHandshake', 'handshake', 'SCCRQ to the reset at the recovery endpoint'],
  ['phaseReset', 'reset', 'until the remote endpoint has reset its control channel too'],
  ['phaseSynchronise', 'synchronise', 'FSQ and FSR until every session is confirmed or cleared'],
]

/** The parts that happened, in order. */
export function recoveryParts({ result }: RunModel): readonly RecoveryPart[] {
  return parts.flatMap(([metric, words, help]) => {
    const length = result.metrics[metric]
    return length === null || length === undefined || !Number.isFinite(length) ? [] : [{ metric, words, help, length }]
  })
}
