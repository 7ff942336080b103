// Builds the simulated world of a scenario: kernel, recorder, network, endpoints, workload and faults. Nothing here decides
// anything; after construction everything that happens is an event of the kernel.

import { address } from '../base/datagram.ts'
import { Endpoint, type EndpointListener } from '../endpoint/endpoint.ts'
import { Kernel } from '../kernel/kernel.ts'
import type { LcceNotice } from '../l2tp/notices.ts'
import { Network } from '../net/network.ts'
import type { Fold } from '../trace/record.ts'
import { Recorder } from '../trace/recorder.ts'
import { expand, type Expansion, type ExpandedEndpoint, type ExpandedLink, type ExpandedTunnel } from './expand.ts'
import { FaultTriggers, scheduleFaults } from './faults.ts'
import { linkSpec } from './links.ts'
import { TunnelKinds } from './packets.ts'
import type { Scenario } from './schema.ts'
import { Workload, type TunnelPlan } from './workload.ts'

export interface WorldOptions {
  readonly seed: string
  readonly folds: readonly Fold<unknown>[]
}

const expansions = new WeakMap<Scenario, Expansion>()

/** The lists of instances, worked out once for each scenario, however often it is run. */
function expansionOf(scenario: Scenario): Expansion {
  let found = expansions.get(scenario)
  if (found === undefined) expansions.set(scenario, (found = expand(scenario)))
  return found
}

export class World {
  readonly kernel: Kernel
  readonly recorder: Recorder
  readonly network: Network
  readonly endpoints = new Map<string, Endpoint>()
  readonly workload: Workload

  constructor(scenario: Scenario, options: WorldOptions) {
    const { endpoints, links, tunnels, faults } = expansionOf(scenario)
    const kinds = new TunnelKinds()
    const triggers = new FaultTriggers(faults, kinds)
    this.kernel = new Kernel(options.seed)
    this.recorder = new Recorder(this.kernel, [...options.folds, triggers])
    this.recorder.emit({ kind: 'run', phase: 'begin', detail: scenario.name })
    this.network = new Network(this.kernel, this.recorder)
    for (const spec of endpoints) this.endpoints.set(spec.name, this.endpoint(spec))
    for (const link of links) this.connect(link, kinds)
    const plans = tunnels.map((tunnel) => this.plan(tunnel, endpoints))
    this.workload = new Workload(this.kernel, this.recorder, plans)
    for (const endpoint of this.endpoints.values()) this.listen(endpoint, kinds)
    scheduleFaults(faults, triggers, this)
  }

  private endpoint(spec: ExpandedEndpoint): Endpoint {
    const { kernel, network, recorder } = this
    const { name, l2tp, successor, processor, backup, restart, dataPlane, udpPort, sourcePort, backupAddress } = spec
    return new Endpoint({
      name,
      kernel,
      network,
      recorder,
      config: l2tp,
      successor,
      processor,
      restart,
      dataPlane,
      sourcePort,
      address: address(spec.address, udpPort),
      backup: {
        mode: backup.mode,
        detectionDelay: backup.detectionDelay,
        takeoverTime: backup.takeoverTime,
        mirror: backup.mirror,
        address: backupAddress === undefined ? undefined : address(backupAddress, udpPort),
      },
    })
  }

  private connect(link: ExpandedLink, kinds: TunnelKinds): void {
    const [a, b] = link.ends.map((name) => this.endpoints.get(name)?.options)
    if (a === undefined || b === undefined) return
    const forward = linkSpec(link.forward, (bytes, transport) => kinds.of({ bytes, transport }, b.address.ip))
    const backward = linkSpec(link.backward, (bytes, transport) => kinds.of({ bytes, transport }, a.address.ip))
    this.network.connect({ ip: a.address.ip, name: a.name }, { ip: b.address.ip, name: b.name }, forward, backward)
    for (const end of [a, b]) {
      if (end.backup.address !== undefined) this.network.alias(end.backup.address.ip, end.address.ip)
    }
  }

  private plan({ from, to, ...rest }: ExpandedTunnel, endpoints: readonly ExpandedEndpoint[]): TunnelPlan {
    const { at, version, peerRouterId, transport, sessions, redial } = rest
    const [dialler, answerer] = [this.endpoints.get(from), this.endpoints.get(to)]
    if (dialler === undefined || answerer === undefined) throw new TypeError(`no endpoint ${from} or ${to}`)
    const lacDials = endpoints.find(({ name }) => name === from)?.role === 'LAC'
    const [lac, lns] = lacDials ? [dialler, answerer] : [answerer, dialler]
    return { from: dialler, to: answerer, lac, lns, at, version, peerRouterId, transport, sessions, redial }
  }

  /** Notices go to the workload, and tell which tunnels are recovery tunnels. */
  private listen(endpoint: Endpoint, kinds: TunnelKinds): void {
    const { workload } = this
    const { address: own, backup } = endpoint.options
    const ips = backup.address === undefined ? [own.ip] : [own.ip, backup.address.ip]
    const listener: EndpointListener = {
      notice: (from: Endpoint, notice: LcceNotice) => {
        kinds.note(ips, notice)
        workload.notice(from, notice)
      },
      restarted: (from: Endpoint) => {
        workload.restarted(from)
      },
    }
    endpoint.listener = listener
  }
}
