// The workload of a scenario: tunnels dialled, calls placed, hung up and placed again, and the traffic of their sessions. It
// watches the endpoints' notices to learn which tunnel and session a command made; protocol decisions are none of its business.

import { NEVER, type Nanos } from '../base/time.ts'
import type { Endpoint, EndpointListener } from '../endpoint/endpoint.ts'
import { TrafficSource } from '../endpoint/traffic.ts'
import type { Kernel } from '../kernel/kernel.ts'
import { ipOf } from '../base/datagram.ts'
import type { Version } from '../l2tp/wire/avps.ts'
import type { Transport } from '../l2tp/wire/demultiplex.ts'
import type { LcceNotice, SessionNotice, TunnelNotice } from '../l2tp/notices.ts'
import type { Recorder } from '../trace/recorder.ts'
import type { Again, SessionGroup } from './schema.ts'

/** One tunnel to be dialled, with its calls. */
export interface TunnelPlan {
  readonly from: Endpoint
  readonly to: Endpoint
  /** Which of the two is the LAC. */
  readonly lac: Endpoint
  readonly lns: Endpoint
  readonly at: Nanos
  readonly version: Version | 'detect'
  /** 0 if `from` does not know it. */
  readonly peerRouterId: number
  readonly transport: Transport
  readonly sessions: readonly SessionGroup[]
  readonly redial: Again
}

interface Call {
  readonly line: Line
  readonly group: SessionGroup
  /** Not placed before this instant. */
  readonly due: Nanos
  /** The placing endpoint's session, 0 while there is none. */
  session: number
  recalls: number
  /** The name of its circuit, where both ends ask for it. */
  readonly circuit: string | undefined
  /** The other end has asked for it already, and need not when it is placed again. */
  hasTwin: boolean
  /** It was hung up as planned, or its tunnel is being redialled: not placed again. */
  over: boolean
}

/** A planned tunnel and what has become of it. */
interface Line {
  readonly plan: TunnelPlan
  /** The dialling side's tunnel and the answering side's, 0 while there is none. */
  tunnel: number
  answering: number
  redials: number
  calls: Set<Call>
  /** Calls for which the answering side has yet to ask, too. */
  twins: Set<Call>
  /** Calls by the placing side's session: incoming ones as they are, outgoing ones negative. */
  bySession: Map<number, Call>
}

interface HungUp {
  readonly tunnel: number
  readonly session: number
  readonly cause: number | undefined
}

/** Tunnels and sessions of one endpoint in order of opening, for faults that name the nth of them. */
interface Seen {
  readonly tunnels: number[]
  readonly sessions: Map<number, number[]>
  readonly sources: Map<string, TrafficSource>
}

const keyOf = (tunnel: number, session: number): string => `${String(tunnel)}/${String(session)}`

export class Workload implements EndpointListener {
  private readonly kernel: Kernel
  private readonly recorder: Recorder
  private readonly lines: Line[] = []
  private readonly seen = new Map<Endpoint, Seen>()
  /** Lines by dialling endpoint, and by the tunnel of either side. */
  private readonly byTunnel = new Map<Endpoint, Map<number, Line>>()
  /** Lines by what the other side will see of their dialling. It may answer twice, if it fails in between. */
  private readonly dialled = new Map<string, Line>()
  /** Calls hung up while the control plane was down. */
  private readonly goneMeanwhile = new Map<Endpoint, readonly HungUp[]>()
  /** What a command in progress will make. */
  private dialling: Line | undefined
  private placing: Call | undefined

  constructor(kernel: Kernel, recorder: Recorder, plans: readonly TunnelPlan[]) {
    this.kernel = kernel
    this.recorder = recorder
    for (const plan of plans) {
      const line: Line = { plan, tunnel: 0, answering: 0, redials: 0, calls: new Set(), twins: new Set(), bySession: new Map() }
      this.lines.push(line)
      this.later(plan.at, () => {
        this.dial(line)
      })
    }
  }

  /** The nth tunnel that an endpoint opened or accepted, counted from 1; 0 if there was none. */
  tunnelOf(endpoint: Endpoint, nth: number): number {
    return this.seen.get(endpoint)?.tunnels[nth - 1] ?? 0
  }

  /** The nth session of one of an endpoint's tunnels, counted from 1; 0 if there was none. */
  sessionOf(endpoint: Endpoint, tunnel: number, nth: number): number {
    return this.sessionsOf(endpoint, tunnel)[nth - 1] ?? 0
  }

  /** All sessions that one of an endpoint's tunnels ever had, in order of opening. */
  sessionsOf(endpoint: Endpoint, tunnel: number): readonly number[] {
    return this.seen.get(endpoint)?.sessions.get(tunnel) ?? []
  }

  private later(at: Nanos, action: () => void): void {
    this.kernel.schedule(at, call, action)
  }

  private of(endpoint: Endpoint): Seen {
    let found = this.seen.get(endpoint)
    if (found === undefined) this.seen.set(endpoint, (found = { tunnels: [], sessions: new Map(), sources: new Map() }))
    return found
  }

  private linesOf(endpoint: Endpoint): Map<number, Line> {
    let found = this.byTunnel.get(endpoint)
    if (found === undefined) this.byTunnel.set(endpoint, (found = new Map<number, Line>()))
    return found
  }

  // eslint-disable-next-line max-params -- the fields of the record
  private note(endpoint: Endpoint, command: string, tunnel: number, session: number, cause = this.recorder.cause): number {
    return this.recorder.emit({ kind: 'command', endpoint: endpoint.name, command, tunnel, session, detail: '' }, cause)
  }

  private dial(line: Line): void {
    const { from, to, sessions } = line.plan
    forget(line)
    const cause = this.note(from, 'open-tunnel', 0, 0)
    this.dialling = line
    from.dial(to, line.plan, cause)
    this.dialling = undefined
    for (const group of sessions) {
      for (let i = 0; i < group.count; i++) {
        const circuit = group.tied ? `circuit ${[this.lines.indexOf(line), sessions.indexOf(group), i].join('/')}` : undefined
        const due = this.kernel.now + group.at + i * group.spacing
        this.plan({ line, group, due, session: 0, recalls: 0, circuit, hasTwin: false, over: false })
      }
    }
    // The endpoint is down, or has no room: nothing was opened.
    if (line.tunnel === 0) this.redial(line)
  }

  private plan(call: Call): void {
    call.line.calls.add(call)
    if (call.due === this.kernel.now && call.line.tunnel !== 0) this.place(call)
    else this.placeAt(call.due, call)
  }

  private placeAt(at: Nanos, call: Call): void {
    this.later(at, () => {
      if (call.line.calls.has(call)) this.place(call)
    })
  }

  private placer(call: Call): Endpoint {
    const { lac, lns } = call.line.plan
    return call.group.call === 'incoming' ? lac : lns
  }

  private place(call: Call): void {
    const placer = this.placer(call)
    const tunnel = placer === call.line.plan.from ? call.line.tunnel : call.line.answering
    // The answering side can only place calls on a tunnel it has heard of; `noteTunnel` comes back to this.
    if (tunnel === 0 || call.over || call.session !== 0) return
    const { call: direction, sequenced } = call.group
    const cause = this.note(placer, 'place-call', tunnel, 0)
    this.placing = call
    placer.command({ name: 'place-call', tunnel, call: direction, sequenced, remoteEndId: call.circuit }, cause)
    // The endpoint is down, or has no room: nothing was placed.
    if (this.placing === call) this.recall(call)
    this.placing = undefined
    if (call.circuit !== undefined && !call.hasTwin) this.placeTwin(call)
    call.hasTwin = false
  }

  /** The other end asks for the same circuit: as soon as it has the tunnel. */
  private placeTwin(call: Call): void {
    const { line, group, circuit } = call
    const { from, to } = line.plan
    const other = this.placer(call) === from ? to : from
    const tunnel = other === from ? line.tunnel : line.answering
    if (tunnel === 0) {
      line.twins.add(call)
      return
    }
    const cause = this.note(other, 'place-call', tunnel, 0)
    other.command({ name: 'place-call', tunnel, call: group.call, sequenced: group.sequenced, remoteEndId: circuit }, cause)
  }

  notice(endpoint: Endpoint, notice: LcceNotice): void {
    if (notice.kind === 'tunnel' && notice.purpose === 'ordinary') this.noteTunnel(endpoint, notice)
    else if (notice.kind === 'session') this.noteSession(endpoint, notice)
  }

  private noteTunnel(endpoint: Endpoint, notice: TunnelNotice): void {
    const lines = this.linesOf(endpoint)
    if (notice.event === 'opening') {
      this.of(endpoint).tunnels.push(notice.tunnel)
      const line = this.dialling ?? this.lineAnswered(endpoint, notice)
      if (line === undefined) return
      lines.set(notice.tunnel, line)
      if (line === this.dialling) {
        line.tunnel = notice.tunnel
        this.dialled.set(keyOfDial(line.plan.to, endpoint.address.ip, notice.tunnel), line)
        return
      }
      line.answering = notice.tunnel
      this.later(this.kernel.now, () => {
        this.placeDue(line)
      })
    } else if (notice.event === 'closed') {
      const line = lines.get(notice.tunnel)
      lines.delete(notice.tunnel)
      if (line === undefined) return
      this.unanswer(line, endpoint, notice.tunnel)
      if (line.plan.from !== endpoint || line.tunnel !== notice.tunnel) return
      this.dialled.delete(keyOfDial(line.plan.to, endpoint.address.ip, notice.tunnel))
      this.redial(line)
    }
  }

  /** The answering side has lost the tunnel. If it answers again, its calls are placed again. */
  private unanswer(line: Line, endpoint: Endpoint, tunnel: number): void {
    if (line.plan.to !== endpoint || line.answering !== tunnel) return
    line.answering = 0
    for (const call of line.calls) {
      if (this.placer(call) !== endpoint) continue
      line.bySession.delete(keyOfCall(call.group.call, call.session))
      // What the dialling side has asked for goes on where the tunnel is answered again.
      call.hasTwin = call.session !== 0
      call.session = 0
    }
  }

  /** Calls of the answering side that waited for the tunnel. */
  private placeDue(line: Line): void {
    for (const call of line.calls) if (this.placer(call) === line.plan.to && call.due <= this.kernel.now) this.place(call)
    const twins = [...line.twins]
    line.twins.clear()
    for (const call of twins) this.placeTwin(call)
  }

  /** The planned tunnel that an answering endpoint has just accepted: address and number of the dialling side tell. */
  private lineAnswered(endpoint: Endpoint, notice: TunnelNotice): Line | undefined {
    const ip = ipOf(notice.peer)
    const key = keyOfDial(endpoint, ip, notice.peerTunnel)
    return this.dialled.get(key)
  }

  private redial(line: Line): void {
    const { redial } = line.plan
    forget(line)
    if (redial === 'never' || reached(line.redials, redial.limit)) return
    line.redials += 1
    this.later(this.kernel.now + redial.after, () => {
      this.dial(line)
    })
  }

  private noteSession(endpoint: Endpoint, notice: SessionNotice): void {
    const seen = this.of(endpoint)
    const line = this.linesOf(endpoint).get(notice.tunnel)
    if (notice.event === 'opening') {
      const known = seen.sessions.get(notice.tunnel)
      if (known === undefined) seen.sessions.set(notice.tunnel, [notice.session])
      else known.push(notice.session)
      if (this.placing !== undefined && this.placing.line === line && this.placing.session === 0) {
        this.placing.session = notice.session
        this.placing.line.bySession.set(keyOfCall(notice.call, notice.session), this.placing)
        this.placing = undefined
      }
      return
    }
    if (line === undefined) return
    const placed = (notice.call === 'incoming' ? line.plan.lac : line.plan.lns) === endpoint
    const call = line.bySession.get(keyOfCall(notice.call, placed ? notice.session : notice.peerSession))
    if (notice.event === 'established') this.established(endpoint, notice, call ?? this.stray(line, notice))
    else if (notice.event === 'closed') this.closed(endpoint, notice, call)
  }

  /** A session that no plan made (a fault placed the call): it behaves like the tunnel's first group. */
  private stray(line: Line, notice: SessionNotice): Call | undefined {
    const group = line.plan.sessions[0]
    if (group === undefined) return undefined
    const { session } = notice
    const call: Call = { line, group, due: this.kernel.now, session, recalls: 0, circuit: undefined, hasTwin: false, over: true }
    line.calls.add(call)
    return call
  }

  private established(endpoint: Endpoint, notice: SessionNotice, call: Call | undefined): void {
    if (call === undefined) return
    const { traffic, holdTime, hangUpBy } = call.group
    const { lac } = call.line.plan
    const side = endpoint === lac ? 'LAC' : 'LNS'
    const sends = traffic.rate > 0 && (traffic.direction === 'both' || traffic.direction === (side === 'LAC' ? 'up' : 'down'))
    if (sends) {
      const { sources } = this.of(endpoint)
      const key = keyOf(notice.tunnel, notice.session)
      sources.get(key)?.stop()
      sources.set(key, new TrafficSource(this.kernel, endpoint, notice, traffic))
    }
    if (holdTime === NEVER || side !== hangUpBy) return
    const { session } = call
    this.later(this.kernel.now + holdTime, () => {
      // Lost by then, and perhaps placed again.
      if (call.session !== session || !call.line.calls.has(call)) return
      call.over = true
      this.hangUp(endpoint, notice.tunnel, notice.session)
    })
  }

  /**
   * Ends a session with a CDN. While the control plane is down there is nobody to say it: the caller is gone and sends nothing more, and
   * the control plane learns of it when it is back, if it still has the session.
   */
  hangUp(endpoint: Endpoint, tunnel: number, session: number, cause?: number): void {
    if (endpoint.control === undefined) {
      this.of(endpoint).sources.get(keyOf(tunnel, session))?.stop()
      const gone = this.goneMeanwhile.get(endpoint) ?? []
      this.goneMeanwhile.set(endpoint, [...gone, { tunnel, session, cause }])
      return
    }
    endpoint.command({ name: 'hang-up', tunnel, session }, this.note(endpoint, 'hang-up', tunnel, session, cause))
  }

  /** What ended while the control plane was down. */
  private reportGone(endpoint: Endpoint): void {
    const gone = this.goneMeanwhile.get(endpoint) ?? []
    this.goneMeanwhile.delete(endpoint)
    for (const { tunnel, session, cause } of gone) {
      if (endpoint.control?.tunnel(tunnel)?.sessions.has(session) === true) this.hangUp(endpoint, tunnel, session, cause)
    }
  }

  private closed(endpoint: Endpoint, notice: SessionNotice, call: Call | undefined): void {
    const { sources } = this.of(endpoint)
    const key = keyOf(notice.tunnel, notice.session)
    sources.get(key)?.stop()
    sources.delete(key)
    if (call !== undefined && this.placer(call) === endpoint && notice.why !== 'tunnel-closed') this.recall(call)
  }

  private recall(call: Call): void {
    const { recall } = call.group
    call.line.bySession.delete(keyOfCall(call.group.call, call.session))
    call.session = 0
    if (call.over || recall === 'never' || reached(call.recalls, recall.limit)) return
    call.recalls += 1
    this.placeAt(this.kernel.now + recall.after, call)
  }

  /** A control plane has come up again: what it did not restore is lost, and dialled or placed again as planned. */
  restarted(endpoint: Endpoint): void {
    const { control } = endpoint
    if (control === undefined) return
    this.reportGone(endpoint)
    for (const [tunnel, line] of [...this.linesOf(endpoint)]) {
      const restored = control.tunnel(tunnel)
      if (restored === undefined) {
        this.linesOf(endpoint).delete(tunnel)
        this.unanswer(line, endpoint, tunnel)
        if (line.plan.from === endpoint && line.tunnel === tunnel) this.redial(line)
        continue
      }
      for (const call of line.calls) {
        if (this.placer(call) === endpoint && call.session !== 0 && !restored.sessions.has(call.session)) this.recall(call)
      }
    }
  }
}

const reached = (done: number, limit: number | 'all'): boolean => limit !== 'all' && done >= limit

const keyOfDial = (to: Endpoint, fromIp: string, tunnel: number): string => `${to.name} ${fromIp} ${String(tunnel)}`

const keyOfCall = (direction: 'incoming' | 'outgoing', session: number): number => (direction === 'incoming' ? session : -session)

function forget(line: Line): void {
  line.tunnel = line.answering = 0
  line.calls = new Set()
  line.twins = new Set()
  line.bySession = new Map()
}

const call = (action: () => void): void => {
  action()
}
