// A scenario in a few lines for people: who, over what links, which calls, which faults, how long. Not every field: what differs
// from the usual. Entries are told as written, a template of a thousand endpoints is one line.

import { formatDuration, NEVER, type Nanos } from '../base/time.ts'
import type {
  EndpointSpec,
  FaultSpec,
  Latency,
  LinkDirection,
  LinkScenario,
  Loss,
  Scenario,
  SessionGroup,
  TunnelSpec,
} from '../scenario/schema.ts'
import { bandwidth, probability, size } from '../scenario/units.ts'

/** Label and text of each line. */
export function configurationLines(scenario: Scenario): readonly (readonly [string, string])[] {
  return [
    ...Object.entries(scenario.endpoints).map(([name, spec]) => [name, endpointText(spec)] as const),
    ...scenario.links.map((link) => [link.between.join(' ⇄ '), linkText(link)] as const),
    ...scenario.tunnels.map((tunnel) => [`${tunnel.from} → ${tunnel.to}`, tunnelText(tunnel)] as const),
    ...scenario.faults.map(
      (fault) =>
        [fault.at === undefined ? 'fault' : `fault at ${formatDuration(fault.at + fault.delay)}`, faultText(fault)] as const,
    ),
  ]
}

function list(parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== false && part !== undefined && part !== '').join(', ')
}

function endpointText({ role, address, count, backup, restart, l2tp }: EndpointSpec): string {
  const { failover } = l2tp
  return list([
    `${role} ${address}${count > 1 ? ` and ${String(count - 1)} more` : ''}`,
    backupText(backup),
    backup.mode === 'none' &&
      restart.after !== NEVER &&
      `restarts ${formatDuration(restart.after)} after a failure${restart.persistent ? '' : ' with empty tables'}`,
    !failover.enabled && 'without RFC 4951',
    failover.enabled && `recovery time ${formatDuration(failover.recoveryTime)}`,
    l2tp.secret !== undefined && 'shared secret',
  ])
}

function backupText({ mode, detectionDelay, takeoverTime }: EndpointSpec['backup']): string {
  if (mode === 'none') return ''
  const where = mode === 'own-address' ? 'at its own address ' : ''
  return `backup takes over ${where}${formatDuration(detectionDelay + takeoverTime)} after a failure`
}

function linkText({ forward, backward }: LinkScenario): string {
  const there = directionText(forward)
  const back = directionText(backward)
  return there === back ? there : `there ${there}; back ${back}`
}

function directionText(direction: LinkDirection): string {
  const { reordering, duplication, corruption, mtu, blackouts, script } = direction
  return list([
    latencyText(direction.latency),
    direction.bandwidth !== NEVER && String(bandwidth.write(direction.bandwidth)),
    lossText(direction.loss),
    reordering && 'reordering',
    duplication > 0 && `${String(probability.write(duplication))} duplicated`,
    corruption > 0 && `${String(probability.write(corruption))} corrupted`,
    mtu !== 1500 && `MTU ${String(size.write(mtu))}`,
    blackouts.length > 0 && plural(blackouts.length, 'blackout'),
    script.length > 0 && plural(script.length, 'scripted intervention'),
  ])
}

function latencyText(latency: Latency): string {
  if (typeof latency === 'number') return `latency ${formatDuration(latency)}`
  if ('uniform' in latency) return `latency ${latency.uniform.map((at) => formatDuration(at)).join(' to ')}`
  if ('normal' in latency) return `latency ${formatDuration(latency.normal.mean)} ± ${formatDuration(latency.normal.deviation)}`
  if ('exponential' in latency) {
    const { minimum, mean } = latency.exponential
    return `latency ${formatDuration(minimum)} + exponential, mean ${formatDuration(mean)}`
  }
  if ('pareto' in latency) return `latency Pareto from ${formatDuration(latency.pareto.minimum)}`
  return `latency from ${String(latency.quantiles.length)} quantiles`
}

function lossText(loss: Loss): string {
  if (typeof loss !== 'number') return 'loss in bursts'
  return loss === 0 ? '' : `loss ${String(probability.write(loss))}`
}

function tunnelText({ count, at, sessions, redial }: TunnelSpec): string {
  const calls = sessions.map(sessionsText)
  return list([
    count === 1 ? 'tunnel' : `${String(count)} tunnels`,
    at > 0 && `from ${formatDuration(at)}`,
    ...calls,
    redial !== 'never' && 'redialled when lost',
  ])
}

function sessionsText({ count, call, sequenced, traffic }: SessionGroup): string {
  const plain = plural(count, `${sequenced === true ? 'sequenced ' : ''}${call} call`)
  const calls = sequenced === 'non-ip' ? `${plain}, sequenced but for IP,` : plain
  if (traffic.rate === 0) return calls
  const way = traffic.direction === 'both' ? 'each way' : traffic.direction
  return `${calls} with ${String(traffic.rate)} packets/s of ${String(size.write(traffic.size))} ${way}`
}

function plural(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${String(count)} ${noun}s`
}

function faultText(fault: FaultSpec): string {
  const { when } = fault
  const occasion =
    when === undefined ? '' : ` ${fault.delay > 0 ? `${formatDuration(fault.delay)} after` : 'when'} ${triggerText(when)}`
  return `${faultDeed(fault)}${occasion}`
}

function triggerText({ endpoint, sends, receives, nth }: NonNullable<FaultSpec['when']>): string {
  const what = sends === undefined ? `receives ${receives ?? 'any'}` : `sends ${sends}`
  return `${endpoint} ${what}${nth > 1 ? ` no. ${String(nth)}` : ''}`
}

function faultDeed(fault: FaultSpec): string {
  switch (fault.kind) {
    case 'crash':
      return `crash of ${fault.endpoint}, ${fault.plane === 'both' ? 'control and data' : fault.plane} plane`
    case 'cut':
      return list([
        `link ${typeof fault.link === 'string' ? fault.link : fault.link.join(' ⇄ ')} cut`,
        fault.direction !== 'both' && `${fault.direction} only`,
        `for ${lasting(fault.for)}`,
      ])
    case 'pause':
      return `pause of ${fault.endpoint} for ${lasting(fault.for)}`
    case 'inject':
      return `datagram injected, from ${fault.from} to ${fault.to}`
    default:
      return `${fault.kind} of ${fault.endpoint}`
  }
}

function lasting(duration: Nanos): string {
  return duration === NEVER ? 'ever' : formatDuration(duration)
}
