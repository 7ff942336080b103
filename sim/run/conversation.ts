// Who said what to whom: a fold over the trace that gives the control messages with their fates, and between them remarks on
// faults, resets, recoveries and sessions that end. Dialogue, sequence diagram and transcript are ways to write it down. What is
// kept is bounded, and what was left out is counted.

import type { Nanos } from '../base/time.ts'
import type { Fold, RecordKind, TraceRecord } from '../trace/record.ts'
import { glimpseOf, type Glimpse } from './notation.ts'
import type { EndpointOf } from './tunnel-phases.ts'

/** Which control connection a message belongs to: a recovery tunnel, or an ordinary one, before or after its reset. */
export type Track = 'tunnel' | 'recovery' | 'recovered'

export interface Message {
  readonly entry: 'message'
  readonly at: Nanos
  readonly sender: string
  readonly receiver: string
  /** 2 and more: a retransmission. 0: an acknowledgement without a message. */
  readonly attempt: number
  readonly track: Track
  /** Undefined when the header cannot be read. */
  readonly message: Glimpse | undefined
  fate: 'under way' | 'delivered' | 'lost'
  /** Why it was lost. */
  why: string
  /** Copies the network made beyond the original. */
  duplicates: number
}

export interface Remark {
  readonly entry: 'remark'
  readonly at: Nanos
  /** Endpoint or link. */
  readonly where: string
  readonly about: 'fault' | 'reset' | 'recovery' | 'session' | 'replica'
  text: string
}

export type Entry = Message | Remark

export interface Conversation {
  readonly entries: readonly Entry[]
  /** Entries that were not kept although they belong to it; and how many of them are no mere keepalive. */
  readonly omitted: number
  readonly omittedOfInterest: number
  /** Entries of other tunnels, left out because they would have been too many; only with `focus`. */
  readonly elsewhere: number
  /** Endpoint and tunnel that the entries were narrowed to. */
  readonly focus: { readonly endpoint: string; readonly tunnel: number } | undefined
}

export interface ConversationOptions {
  readonly endpointOf: EndpointOf
  /** Entries kept at most, not counting `before`. */
  readonly limit: number
  /** Begin so many entries before the first fault; undefined: with the run. A run without a fault is kept from its beginning. */
  readonly before?: number
  /** When there are more than `limit`: keep the first tunnel that is recovered, drop the others. */
  readonly focus?: boolean
}

/** Folds the trace to a conversation. */
export function conversation(options: ConversationOptions): Fold<Conversation> {
  return new ConversationFold(options)
}

interface KnownTunnel {
  readonly recovery: boolean
  /** For a recovery tunnel, the one it recovers. */
  readonly oldTunnel: number
  peer: string
  peerTunnel: number
  reset: boolean
}

class ConversationFold implements Fold<Conversation> {
  readonly kinds: readonly RecordKind[] = [
    'sent',
    'dropped',
    'delivered',
    'tunnel',
    'session',
    'controlReset',
    'recovery',
    'fault',
    'replica',
  ]
  private readonly options: ConversationOptions
  private readonly tunnels = new Map<string, KnownTunnel>()
  private readonly underWay = new Map<number, Message>()
  /** The tunnels at either end that each entry has to do with. */
  private concerned = new Map<Entry, readonly string[]>()
  private entries: Entry[] = []
  /** The first entries of the run, in case no fault comes; and how many entries came before one. */
  private readonly opening: Entry[] = []
  private openings = 0
  private begun: boolean
  private narrowed = false
  private focus: { readonly endpoint: string; readonly tunnel: number } | undefined
  private omitted = 0
  private omittedOfInterest = 0
  private elsewhere = 0
  private lastSession: TraceRecord<'session'> | undefined
  private sessionsEnded = 0

  constructor(options: ConversationOptions) {
    this.options = options
    this.begun = options.before === undefined
  }

  see(record: TraceRecord): void {
    switch (record.kind) {
      case 'sent':
        if (record.plane === 'control') this.send(record)
        break
      case 'dropped':
      case 'delivered':
        this.settle(record)
        break
      case 'tunnel':
        this.seeTunnel(record)
        break
      case 'session':
        if (record.event === 'closed') this.endSession(record)
        break
      case 'controlReset':
        this.reset(record)
        break
      case 'recovery':
        this.recover(record)
        break
      case 'fault':
        this.begun = true
        this.remark(record, { where: record.target, about: 'fault', text: faultText(record) }, [])
        break
      case 'replica':
        if (record.state === 'active' && record.why !== 'start') this.serve(record)
        break
      default:
    }
  }

  end(): Conversation {
    const { entries, omitted, omittedOfInterest, elsewhere } = this
    if (this.begun) return { entries, omitted, omittedOfInterest, elsewhere, focus: this.narrowed ? this.focus : undefined }
    const beyond = this.openings - this.opening.length
    return { entries: this.opening, omitted: beyond, omittedOfInterest: beyond, elsewhere: 0, focus: undefined }
  }

  private send(record: TraceRecord<'sent'>): void {
    const message = glimpseOf(record)
    const receiver = this.options.endpointOf(record.to)
    const own = tunnelKey(record.endpoint, record.tunnel)
    if (message?.type === 'SCCRQ') this.learnRecovery(record, message)
    const theirs = tunnelKey(receiver, message?.tunnelId ?? 0)
    const tunnel = this.tunnels.get(own) ?? this.tunnels.get(theirs)
    const track = tunnel === undefined ? 'tunnel' : tunnel.recovery ? 'recovery' : tunnel.reset ? 'recovered' : 'tunnel'
    const { at, attempt } = record
    const said: Message = {
      entry: 'message',
      at,
      sender: record.endpoint,
      receiver,
      attempt,
      track,
      message,
      fate: 'under way',
      why: '',
      duplicates: 0,
    }
    this.underWay.set(record.packet, said)
    this.add(said, [own, theirs])
    this.forgetOldest()
  }

  /** A recovery SCCRQ tells which tunnel it recovers (RFC 4951 5.2), whichever record comes first. */
  private learnRecovery(record: TraceRecord<'sent'>, message: Glimpse): void {
    const recovery = message.avps.find(({ attribute }) => attribute === 77)?.value as { recoverTunnelId: number } | undefined
    if (recovery === undefined) return
    const known = { recovery: true, oldTunnel: recovery.recoverTunnelId, peer: '', peerTunnel: 0, reset: false }
    this.tunnels.set(tunnelKey(record.endpoint, record.tunnel), known)
  }

  private settle(record: TraceRecord<'dropped' | 'delivered'>): void {
    const said = this.underWay.get(record.packet)
    if (said === undefined) return
    if (record.copy > 0) said.duplicates = Math.max(said.duplicates, record.copy)
    else if (record.kind === 'delivered') said.fate = 'delivered'
    else Object.assign(said, { fate: 'lost', why: record.why })
  }

  /** Packets whose late copies are still awaited are bounded too. */
  private forgetOldest(): void {
    if (this.underWay.size <= MAX_UNDER_WAY) return
    const oldest = this.underWay.keys().next()
    if (oldest.done !== true) this.underWay.delete(oldest.value)
  }

  private seeTunnel(record: TraceRecord<'tunnel'>): void {
    const key = tunnelKey(record.endpoint, record.tunnel)
    const known = this.tunnels.get(key)
    const peer = record.peer === '' ? (known?.peer ?? '') : this.options.endpointOf(record.peer)
    const peerTunnel = record.peerTunnel === 0 ? (known?.peerTunnel ?? 0) : record.peerTunnel
    const fresh = record.event === 'opening' || known === undefined
    const recovery = record.purpose === 'recovery'
    this.tunnels.set(key, { recovery, oldTunnel: record.oldTunnel, peer, peerTunnel, reset: fresh ? false : known.reset })
    if (recovery || record.event !== 'closed') return
    const text = `clears the tunnel${record.why === '' ? '' : `: ${record.why}`}`
    this.remark(record, { where: record.endpoint, about: 'recovery', text }, [key])
  }

  private reset(record: TraceRecord<'controlReset'>): void {
    const key = tunnelKey(record.endpoint, record.tunnel)
    const known = this.tunnels.get(key)
    if (known !== undefined) known.reset = true
    const text = `resets its control channel: Ns ${String(record.ns)}, Nr ${String(record.nr)}`
    this.remark(record, { where: record.endpoint, about: 'reset', text }, [key])
  }

  private serve(record: TraceRecord<'replica'>): void {
    const text = record.why === 'restart' ? 'is back after a restart' : `is served by its ${record.replica} replica`
    this.remark(record, { where: record.endpoint, about: 'replica', text }, [])
  }

  private recover(record: TraceRecord<'recovery'>): void {
    const { endpoint, tunnel } = record
    this.focus ??= { endpoint, tunnel }
    const text = stepTexts[record.step]
    if (text === undefined) return
    const why = record.why === '' ? '' : `: ${record.why}`
    this.remark(record, { where: endpoint, about: 'recovery', text: text + why }, [tunnelKey(endpoint, tunnel)])
  }

  /** Sessions that end at one instant for one reason are told in one remark. */
  private endSession(record: TraceRecord<'session'>): void {
    const last = this.lastSession
    const lastEntry = this.entries.at(-1)
    const same =
      last?.at === record.at && last.endpoint === record.endpoint && last.tunnel === record.tunnel && last.why === record.why
    this.lastSession = record
    this.sessionsEnded = same ? this.sessionsEnded + 1 : 1
    const what = this.sessionsEnded === 1 ? `session ${String(record.session)}` : `${String(this.sessionsEnded)} sessions`
    const text = `${what} cleared${record.why === '' ? '' : `: ${record.why}`}`
    if (same && lastEntry?.entry === 'remark' && lastEntry.about === 'session') lastEntry.text = text
    else if (!same)
      this.remark(record, { where: record.endpoint, about: 'session', text }, [tunnelKey(record.endpoint, record.tunnel)])
  }

  private remark(record: TraceRecord, what: Pick<Remark, 'where' | 'about' | 'text'>, concerned: readonly string[]): void {
    this.add({ entry: 'remark', at: record.at, ...what }, concerned)
  }

  private add(entry: Entry, concerned: readonly string[]): void {
    if (this.begun) this.keep(entry, concerned)
    else this.await(entry, concerned)
  }

  /** Before the first fault: the latest few, beside the opening of the run. */
  private await(entry: Entry, concerned: readonly string[]): void {
    this.openings++
    if (this.opening.length < this.options.limit) this.opening.push(entry)
    this.entries.push(entry)
    this.concerned.set(entry, concerned)
    if (this.entries.length <= (this.options.before ?? 0)) return
    const first = this.entries.shift()
    if (first !== undefined) this.concerned.delete(first)
  }

  private keep(entry: Entry, concerned: readonly string[]): void {
    const { before = 0, limit, focus = false } = this.options
    const full = this.entries.length >= limit + before
    if (full && focus && !this.narrowed && this.focus !== undefined) this.narrow()
    if (this.narrowed && !this.concerns(concerned)) this.elsewhere++
    else if (this.entries.length >= limit + before) {
      this.omitted++
      if (!isKeepalive(entry)) this.omittedOfInterest++
    } else {
      this.entries.push(entry)
      if (focus && !this.narrowed) this.concerned.set(entry, concerned)
    }
  }

  private narrow(): void {
    this.narrowed = true
    const kept = this.entries.filter((entry) => this.concerns(this.concerned.get(entry) ?? []))
    this.elsewhere += this.entries.length - kept.length
    this.entries = kept
    this.concerned = new Map()
  }

  /** Whether one of the tunnels is that in focus, its other end, or recovers it; what concerns no tunnel concerns all. */
  private concerns(keys: readonly string[]): boolean {
    return keys.length === 0 || keys.some((key) => this.inFocus(key))
  }

  private inFocus(key: string): boolean {
    const { focus } = this
    if (focus === undefined) return true
    const own = tunnelKey(focus.endpoint, focus.tunnel)
    const tunnel = this.tunnels.get(own)
    const other = tunnel === undefined ? '' : tunnelKey(tunnel.peer, tunnel.peerTunnel)
    if (key === own || key === other) return true
    const known = this.tunnels.get(key)
    if (known?.recovery !== true) return false
    const old = tunnelKey(key.slice(0, key.lastIndexOf('/')), known.oldTunnel)
    return old === own || old === other
  }
}

const MAX_UNDER_WAY = 65_536

function tunnelKey(endpoint: string, tunnel: number): string {
  return `${endpoint}/${String(tunnel)}`
}

function faultText({ name, target, phase, detail }: TraceRecord<'fault'>): string {
  const what = `${name} ${target}${detail === '' ? '' : ` (${detail})`}`
  return phase === 'end' ? `${what} ends` : what
}

/** A message that says no more than Nr: a ZLB, or an ACK of L2TPv3 (RFC 3931 6.15). */
export function isAcknowledgement(entry: Entry): boolean {
  return entry.entry === 'message' && (entry.message?.type === 'ZLB' || entry.message?.type === 'ACK')
}

/** What an idle tunnel goes on with: HELLOs and acknowledgements. */
export function isKeepalive(entry: Entry): boolean {
  return entry.entry === 'message' && (isAcknowledgement(entry) || entry.message?.type === 'HELLO')
}

/** Steps of recovery that neither a message nor a reset shows. */
const stepTexts: Readonly<Record<string, string>> = {
  refused: 'refuses the recovery',
  'tie-won': 'wins the tie',
  'tie-lost': 'loses the tie',
  'tie-equal': 'finds the tie equal',
  superseded: 'drops the older recovery tunnel',
  aborted: 'ends the recovery attempt',
  synchronised: 'has every session confirmed or cleared',
  failed: 'gives the tunnel up',
  'not-attempted': 'does not attempt recovery',
}
