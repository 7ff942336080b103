// From a link direction as the scenario says it to what the network layer takes.

import type { Latency } from '../net/latency.ts'
import type { LinkSpec } from '../net/link.ts'
import type { ScriptedFault } from '../net/script.ts'
import type { Transport } from '../l2tp/wire/demultiplex.ts'
import { picks } from './packets.ts'
import type { Intervention, Latency as ScenarioLatency, LinkDirection } from './schema.ts'

/** Whether a packet on its way over this direction belongs to an ordinary or to a recovery tunnel. */
type KindOf = (bytes: Uint8Array, transport: Transport) => 'ordinary' | 'recovery'

export function linkSpec(direction: LinkDirection, kindOf: KindOf): LinkSpec {
  const { latency, reordering, bandwidth, queue, mtu, loss, duplication, corruption, checksum, blackouts, script } = direction
  const distribution = latencyOf(latency)
  return {
    reordering,
    bandwidth,
    duplication,
    corruption,
    impairedUntil: direction.impairedUntil,
    checksum,
    latency: distribution,
    queueOctets: queue,
    mtuOctets: mtu,
    loss: typeof loss === 'number' ? loss : 0,
    burstLoss: typeof loss === 'number' ? undefined : loss.gilbertElliott,
    // A copy takes a way of its own: where packets may overtake each other it is late by a latency of its own.
    duplicateDelay: reordering ? distribution : { kind: 'constant', latency: 0 },
    blackouts: blackouts.map(({ start, end }) => ({ from: start, until: end })),
    script: script.map((step) => scripted(step, kindOf)),
  }
}

function latencyOf(latency: ScenarioLatency): Latency {
  if (typeof latency === 'number') return { kind: 'constant', latency }
  if ('uniform' in latency) return { kind: 'uniform', least: latency.uniform[0], most: latency.uniform[1] }
  if ('normal' in latency) return { kind: 'normal', ...latency.normal }
  if ('exponential' in latency) return { kind: 'exponential', ...latency.exponential }
  if ('pareto' in latency) return { kind: 'pareto', ...latency.pareto }
  return { kind: 'quantiles', quantiles: latency.quantiles }
}

function scripted(step: Intervention, kindOf: KindOf): ScriptedFault {
  const { action, pick, by, bit } = readStep(step)
  return {
    action,
    by,
    bit,
    nth: pick.nth,
    count: pick.count === 'all' ? Infinity : pick.count,
    matches: (bytes, portless) => {
      const transport = portless ? 'ip' : 'udp'
      return picks(pick, { bytes, transport }, () => kindOf(bytes, transport))
    },
  }
}

type Pick = Extract<Intervention, { drop: unknown }>['drop']

function readStep(step: Intervention): { action: ScriptedFault['action']; pick: Pick; by: number; bit: number | undefined } {
  if ('drop' in step) return { action: 'drop', pick: step.drop, by: 0, bit: undefined }
  if ('delay' in step) return { action: 'delay', pick: step.delay, by: step.delay.by, bit: undefined }
  if ('duplicate' in step) return { action: 'duplicate', pick: step.duplicate, by: step.duplicate.by, bit: undefined }
  return { action: 'corrupt', pick: step.corrupt, by: 0, bit: step.corrupt.bit }
}
