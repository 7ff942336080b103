// An endpoint of the simulated network: one L2TP control plane at a time (a sans-IO core), a data plane that may outlive it, a
// control processor before it, and the replicas that take over after a failure. It is the driver of the core: datagrams in,
// outputs to the network and the trace, one kernel timer at the core's deadline.

import { address, type Address } from '../base/datagram.ts'
import type { Rng } from '../base/random.ts'
import { NEVER, type Nanos } from '../base/time.ts'
import type { Kernel, Timer } from '../kernel/kernel.ts'
import type { LcceCommand } from '../l2tp/commands.ts'
import type { LcceConfig } from '../l2tp/config.ts'
import { DataPlane } from '../l2tp/data-plane.ts'
import { machineryOf } from '../l2tp/machinery.ts'
import { Lcce, type LcceInput, type LcceOptions, type LcceOutput } from '../l2tp/lcce.ts'
import type { MirrorState } from '../l2tp/mirror-state.ts'
import type { LcceNotice } from '../l2tp/notices.ts'
import type { Version } from '../l2tp/wire/avps.ts'
import { carriesControl, type Transport } from '../l2tp/wire/demultiplex.ts'
import type { Arrival, Network } from '../net/network.ts'
import { NO_CAUSE } from '../trace/record.ts'
import type { Recorder } from '../trace/recorder.ts'
import { Causes } from './causes.ts'
import { Mirror } from './mirror.ts'
import { Processor } from './processor.ts'
import { Replicas, type Memory, type ReplicaSpec } from './replica.ts'

export interface EndpointOptions extends ReplicaSpec {
  readonly name: string
  readonly kernel: Kernel
  readonly network: Network
  readonly recorder: Recorder
  /** Where tunnels are accepted and opened from. */
  readonly address: Address
  readonly sourcePort: number | 'ephemeral'
  readonly config: LcceConfig
  /** Of a replica that takes over or comes back. */
  readonly successor: LcceConfig
  readonly processor: { readonly serviceTime: Nanos; readonly queue: number }
  readonly dataPlane: { readonly survivesControlFailure: boolean; readonly restartTime: Nanos }
}

/** What an endpoint tells whoever runs its workload. */
export interface EndpointListener {
  notice(endpoint: Endpoint, notice: LcceNotice): void
  /** A control plane has come up, with what its mirror knew. */
  restarted(endpoint: Endpoint): void
}

/** RFC 6335: the dynamic ports. */
const FIRST_EPHEMERAL = 49152

/** How a tunnel is asked for. */
interface Dialling {
  readonly version: Version | 'detect'
  /** 0 if it is not known. */
  readonly peerRouterId: number
  readonly transport: Transport
}

interface Input {
  readonly arrival: Arrival
  readonly delivered: number
}

export class Endpoint {
  readonly name: string
  readonly options: EndpointOptions
  listener: EndpointListener | undefined
  /** The control plane; undefined while it is down. */
  control: Lcce | undefined
  /** The data plane; undefined while it is down. */
  data: DataPlane | undefined
  address: Address
  private readonly kernel: Kernel
  private readonly recorder: Recorder
  private readonly network: Network
  private readonly rng: Rng
  private readonly processor: Processor<Input>
  /** What the backup knows; without one, the storage of the node itself. */
  private readonly mirror: Mirror
  private readonly storage: Mirror
  private readonly memories: readonly Mirror[]
  private readonly replicas: Replicas
  private readonly causes: Causes
  private timer: Timer = 0
  private armedFor: Nanos = NEVER
  /** Of the control plane that runs now, or of the next one. */
  private config: LcceConfig
  private ephemeral = FIRST_EPHEMERAL
  /** The data plane that lived on when the control plane last failed. Any other began its numbers at 0 since. */
  private survivor: DataPlane | undefined
  /** The data plane failed while the present control plane was up. */
  private dataLostAlone = false

  constructor(options: EndpointOptions) {
    this.options = options
    this.name = options.name
    this.address = options.address
    this.kernel = options.kernel
    this.network = options.network
    this.recorder = options.recorder
    this.rng = options.kernel.rng(`endpoint:${options.name}/l2tp`)
    this.causes = new Causes()
    const storage = { lag: 0, carries: options.restart.persistent ? ('sessions' as const) : ('nothing' as const) }
    this.storage = new Mirror(storage)
    this.mirror = options.backup.mode === 'none' ? this.storage : new Mirror(options.backup.mirror)
    this.memories = this.mirror === this.storage ? [this.storage] : [this.mirror, this.storage]
    this.processor = new Processor(options.kernel, options.processor, (input) => {
      this.serve(input)
    })
    this.replicas = new Replicas(this, options)
    this.network.attach(options.address.ip, this)
    this.data = new DataPlane(this.dataThreshold())
    this.config = options.config
    this.control = new Lcce(this.lcceOptions())
    this.replicas.announce()
  }

  // Driving the core.

  /** A datagram has come through the network (Port). */
  receive(arrival: Arrival): void {
    const { datagram, packet, copy, flippedBit, cause } = arrival
    const controlMessage = carriesControl(datagram.bytes, datagram.to.port === 0 ? 'ip' : 'udp')
    const depth = controlMessage ? this.processor.depth : 0
    const delivered = this.recorder.delivered(this.name, packet, copy, flippedBit, depth, cause)
    if (!controlMessage) {
      this.receiveData(arrival, delivered)
      return
    }
    if (this.control === undefined) this.drop(packet, copy, 'plane-down', delivered)
    else if (!this.processor.offer({ arrival, delivered })) this.drop(packet, copy, 'input-queue-full', delivered)
  }

  private drop(packet: number, copy: number, why: string, cause: number): void {
    this.recorder.emit({ kind: 'dropped', packet, copy, where: this.name, why }, cause)
  }

  private serve({ arrival, delivered }: Input): void {
    this.recorder.cause = delivered
    this.give({ type: 'datagram', datagram: arrival.datagram, packet: arrival.packet })
  }

  command(command: LcceCommand, cause = this.recorder.cause): void {
    this.recorder.cause = cause
    this.give({ type: 'command', command })
  }

  private give(input: LcceInput): void {
    const { control } = this
    if (control !== undefined) this.take(control, control.handle(input, this.kernel.now))
  }

  /** Outputs in order: datagrams to the network, notices to the trace, mirror, data plane and workload. */
  private take(control: Lcce, outputs: readonly LcceOutput[]): void {
    const { recorder, causes, name } = this
    for (const output of outputs) {
      if (output.kind === 'transmit') {
        const { datagram, tunnel, session, attempt } = output
        const sent = recorder.count
        this.network.send(datagram, { endpoint: name, plane: 'control', tunnel, session, attempt })
        if (attempt > 0) causes.sent(tunnel, sent)
      } else this.takeNotice(control, output)
    }
    this.recorder.cause = NO_CAUSE
    this.arm(control)
  }

  private takeNotice(control: Lcce, notice: LcceNotice): void {
    const { recorder, causes, name } = this
    if (notice.kind === 'restartData') {
      this.restartData(notice.tunnel, notice.session)
      return
    }
    if (notice.kind === 'handled') {
      const seq = recorder.note(name, notice)
      recorder.cause = seq
      causes.heard(notice.tunnel, seq)
      return
    }
    const seq = recorder.note(name, notice, notice.kind === 'timer' ? causes.ofTimer(notice, recorder.cause) : recorder.cause)
    causes.note(notice, seq)
    if (notice.kind === 'transition' || notice.kind === 'timer' || notice.kind === 'controlReset') recorder.cause = seq
    this.follow(control, notice)
    this.listener?.notice(this, notice)
  }

  /** The data plane and the mirror follow the control plane's tables. */
  private follow(control: Lcce, notice: LcceNotice): void {
    switch (notice.kind) {
      case 'tunnel':
        if (notice.purpose === 'ordinary') this.followTunnel(control, notice.tunnel, notice.event)
        return
      case 'controlReset':
        this.followTunnel(control, notice.tunnel, 'established')
        return
      case 'session':
        this.followSession(control, notice.tunnel, notice.session, notice.event)
        return
      default:
        return
    }
  }

  private followTunnel(control: Lcce, tunnel: number, event: string): void {
    if (event === 'closed') {
      this.data?.dropTunnel(tunnel)
      for (const memory of this.memories) memory.noteTunnelClosed(this.kernel.now, tunnel)
      return
    }
    const mirrored = control.mirroredTunnel(tunnel)
    if (mirrored === undefined || event === 'opening') return
    this.data?.routeTunnel(mirrored)
    for (const memory of this.memories) memory.noteTunnel(this.kernel.now, mirrored)
  }

  private followSession(control: Lcce, tunnel: number, session: number, event: string): void {
    if (event === 'closed') {
      this.data?.dropSession(tunnel, session)
      for (const memory of this.memories) memory.noteSessionClosed(this.kernel.now, tunnel, session)
      return
    }
    const mirrored = control.mirroredSession(tunnel, session)
    if (mirrored === undefined || event === 'opening') return
    if (event === 'restored' && this.data !== this.survivor) this.installSession(control, tunnel, session, this.recorder.cause)
    else this.data?.addSession(tunnel, mirrored)
    for (const memory of this.memories) memory.noteSession(this.kernel.now, tunnel, mirrored)
  }

  /** Keeps one kernel timer no later than the core's deadline; one that is early does no harm and is not moved. */
  private arm(control: Lcce): void {
    const { deadline } = control
    if (deadline >= this.armedFor) return
    this.kernel.cancel(this.timer)
    this.armedFor = Math.max(deadline, this.kernel.now)
    this.timer = this.kernel.schedule(this.armedFor, wake, this)
  }

  /** The kernel timer has fired. A paused processor wakes when it goes on. */
  wake(): void {
    this.armedFor = NEVER
    const { control, processor, kernel } = this
    if (control === undefined) return
    if (processor.held) {
      if (processor.resumesAt === NEVER) return
      this.armedFor = processor.resumesAt
      this.timer = kernel.schedule(this.armedFor, wake, this)
    } else if (control.deadline <= kernel.now) this.give({ type: 'wake' })
    else this.arm(control)
  }

  private lcceOptions(): LcceOptions {
    return { config: this.config, rng: this.rng, lastData: (tunnel, session) => this.data?.lastData(tunnel, session) ?? 0 }
  }

  // Data.

  private dataThreshold(): number {
    const { dataThreshold, failover } = this.options.config
    const { rules } = machineryOf(this.options.config).machinery
    // Without the D bit the endpoint cannot reset its expected number (RFC 4951 5.1).
    return failover.enabled && failover.dataChannel ? rules.dataThreshold(dataThreshold) : NEVER
  }

  private receiveData({ datagram, packet, copy }: Arrival, delivered: number): void {
    if (this.data === undefined) {
      this.drop(packet, copy, 'plane-down', delivered)
      return
    }
    const outcome = this.data.receive(datagram, this.kernel.now)
    const seq = this.recorder.data(this.name, packet, outcome, delivered)
    if (outcome.verdict !== 'reset') return
    const { tunnel, session, was, expected: value } = outcome
    this.recorder.emit({ kind: 'dataReset', endpoint: this.name, tunnel, session, direction: 'receive', was, value }, seq)
  }

  /** Opens a tunnel to the address at which `peer` accepts them. */
  dial(peer: Endpoint, { version, peerRouterId, transport }: Dialling, cause: number): void {
    const local = this.dialAddress(transport)
    const to = transport === 'ip' ? address(peer.address.ip, 0) : peer.address
    this.command({ name: 'open-tunnel', local, peer: to, version, peerRouterId }, cause)
  }

  private dialAddress(transport: Transport): Address {
    if (transport === 'ip') return address(this.address.ip, 0)
    const { sourcePort } = this.options
    if (sourcePort !== 'ephemeral') return sourcePort === this.address.port ? this.address : address(this.address.ip, sourcePort)
    this.ephemeral = this.ephemeral >= 65535 ? FIRST_EPHEMERAL : this.ephemeral + 1
    return address(this.address.ip, this.ephemeral)
  }

  /** Sends one data message of a session; false when the data plane does not know it (any more). */
  sendData(tunnel: number, session: number, payloadOctets: number, carriesIp: boolean): boolean {
    const datagram = this.data?.send(tunnel, session, payloadOctets, carriesIp)
    if (datagram === undefined) return false
    this.recorder.cause = NO_CAUSE
    this.network.send(datagram, { endpoint: this.name, plane: 'data', tunnel, session, attempt: 0 })
    return true
  }

  private restartData(tunnel: number, session: number): void {
    if (this.data === undefined || this.data !== this.survivor) return
    const was = this.data.restart(tunnel, session)
    this.recorder.emit({ kind: 'dataReset', endpoint: this.name, tunnel, session, direction: 'send', was, value: 0 })
  }

  // Failure and recovery. The order of events in time is in replica.ts.

  /** Stops planes at once. What the mirror had not carried yet is lost unless the stop is planned. */
  stop(planes: { readonly control: boolean; readonly data: boolean }, why: string, planned = false): void {
    const { recorder } = this
    if (planes.control && this.control !== undefined) {
      if (planned) this.mirror.catchUp(this.kernel.now)
      for (const memory of this.memories) memory.failAt(this.kernel.now)
      this.control = undefined
      this.processor.clear()
      this.kernel.cancel(this.timer)
      this.armedFor = NEVER
      this.causes.clear()
      this.survivor = this.data
      this.dataLostAlone = false
      recorder.emit({ kind: 'plane', endpoint: this.name, plane: 'control', up: false, why })
    }
    if (planes.data && this.data !== undefined) {
      this.data = undefined
      this.dataLostAlone = this.control !== undefined
      recorder.emit({ kind: 'plane', endpoint: this.name, plane: 'data', up: false, why })
    }
  }

  /** A replica begins to serve, with what it has of its own or from the mirror; it recovers what it can (RFC 4951 3.2). */
  startControl(why: string, at: Address, memory: Memory): void {
    const { recorder } = this
    this.config = this.options.successor
    const known = memory === 'nothing' ? { tunnels: [] } : (memory === 'storage' ? this.storage : this.mirror).state()
    for (const each of this.memories) each.become(known)
    if (at !== this.address) {
      this.network.detach(this.address.ip)
      this.network.attach(at.ip, this)
      this.address = at
    }
    recorder.cause = recorder.emit({ kind: 'plane', endpoint: this.name, plane: 'control', up: true, why })
    const { lcce, outputs } = Lcce.restore(this.lcceOptions(), known, this.kernel.now, (local) => this.portOf(local))
    this.control = lcce
    const survived = this.data
    if (survived !== undefined) this.prune(survived, lcce)
    const started = recorder.cause
    this.take(lcce, outputs)
    this.command({ name: 'recover' }, started)
    this.listener?.restarted(this)
  }

  /** The same port at the address that serves now. */
  private portOf(local: Address): Address {
    if (local.ip === this.address.ip) return local
    return local.port === 0 ? address(this.address.ip, 0) : this.address
  }

  /** Forwarding entries that the restored tables do not know end here. */
  private prune(data: DataPlane, control: Lcce): void {
    for (const [tunnel, session] of [...data.forwarded()]) {
      if (control.mirroredSession(tunnel, session) === undefined) data.dropSession(tunnel, session)
    }
  }

  /** A data plane begins to forward; it takes the established sessions from the control plane, their numbers start anew. */
  startData(why: string): void {
    if (this.data !== undefined) return
    const cause = this.recorder.emit({ kind: 'plane', endpoint: this.name, plane: 'data', up: true, why })
    this.data = new DataPlane(this.dataThreshold())
    const { control } = this
    if (control === undefined) return
    for (const tunnel of control.tunnels()) {
      const mirrored = control.mirroredTunnel(tunnel.localTunnelId)
      if (mirrored === undefined) continue
      this.data.routeTunnel(mirrored)
      for (const session of tunnel.sessions.keys()) this.installSession(control, mirrored.localTunnelId, session, cause)
    }
    if (this.dataLostAlone) this.command({ name: 'data-plane-lost' }, cause)
  }

  /** Enters a session into a data plane that has started anew: its numbers begin at 0. */
  private installSession(control: Lcce, tunnel: number, session: number, cause: number): void {
    const { data } = this
    const mirrored = control.mirroredSession(tunnel, session)
    if (mirrored === undefined || data === undefined) return
    data.addSession(tunnel, mirrored)
    if (!mirrored.sequenced) return
    this.recorder.emit({ kind: 'dataReset', endpoint: this.name, tunnel, session, direction: 'send', was: -1, value: 0 }, cause)
  }

  /** What a replica that began to serve now would know. */
  get remembered(): MirrorState {
    return this.mirror.state()
  }

  /** Fault: a plane fails (RFC 4951 2). */
  crash(plane: 'control' | 'data' | 'both'): void {
    this.replicas.crash(plane)
  }

  /** Fault: a planned switchover to the backup. */
  switchover(): void {
    this.replicas.switchover()
  }

  /** Fault: the node reboots. */
  restart(): void {
    this.replicas.restart()
  }

  /** Fault: the control processor serves nothing for a while. */
  pause(duration: Nanos): void {
    this.processor.hold(duration)
  }
}

const wake = (endpoint: Endpoint): void => {
  endpoint.wake()
}
