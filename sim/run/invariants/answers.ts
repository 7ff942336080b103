// Invariants about answers: what is asked for is granted or refused, what cannot be taken ends its tunnel or its call, an order to end is
// carried out, and the peer is told (the state tables of RFC 2661 7 and RFC 3931 7, and RFC 2661 4.1, 7.1 for what is malformed). Each side
// is judged by what it hears and says itself, whatever its peer is.

import type { Body } from '../../l2tp/wire/codec.ts'
import type { AnyMessage } from '../../l2tp/wire/messages.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { isLive, isReset, lingers, nameOf, type Books, type Channel, type Endpoint, type Packet, type Session } from '../observe/books.ts'
import {
  bodyOf,
  isOfCall,
  isUnacceptable,
  maySend,
  owedByCall,
  owedByStrangeCall,
  owedByTunnel,
  receiverIn,
  sessionNamed,
  type Calls,
  type Owed,
} from '../observe/heard.ts'
import { messageOf } from '../observe/messages.ts'
import type { Watcher } from '../observe/watcher.ts'
import { openDuties, type Duties } from './duties.ts'
import { invariant } from './invariant.ts'

/** Octets of messages that no endpoint of the run sent, until they are handled. */
const REMEMBERED = 256

/** What is wrong with a message as such, and what has to end for it (RFC 2661 4.1, 7.1). */
function owedForFault({ fault }: Extract<Body<2 | 3>, { ok: false }>, channel: Channel, named: number): Owed | undefined {
  if (!fault.mandatory) return undefined
  const isNameless = (fault.type === 'ICRQ' || fault.type === 'OCRQ') && fault.assignedSessionId === undefined
  if (fault.scope === 'tunnel' || channel.state !== 'established' || isNameless) return { session: 0, refusal: 'StopCCN', mustEnd: true }
  const session = channel.sessions.get(fault.remoteSessionId ?? named)
  if (session === undefined || session.state === 'closed') {
    const isRequest = (fault.type === 'ICRQ' || fault.type === 'OCRQ') && channel.purpose === 'ordinary'
    return isRequest ? { session: -1, refusal: 'CDN', mustEnd: true } : undefined
  }
  return { session: session.session, refusal: 'CDN', mustEnd: true }
}

/** What is known of one accepted message beside its record. */
interface Sound {
  readonly type: string
  readonly channel: Channel
  /** The session it names, if this side has it; 0 or -1 where it names none, or that cannot be told. */
  readonly session: Session | undefined
  readonly named: number
  /** Undefined where nobody doubts the sender. */
  readonly message: AnyMessage | undefined
}

function owedInState({ type, channel, session, named }: Sound, calls: Calls): Owed | undefined {
  if (!isOfCall(type)) return owedByTunnel(type, channel)
  if (channel.state !== 'established') return { session: 0, refusal: 'StopCCN', mustEnd: true }
  if (named < 0) return undefined
  return session === undefined ? owedByStrangeCall(type, channel) : owedByCall(type, session, calls)
}

function owedBySound(sound: Sound, calls: Calls): Owed | undefined {
  const { type, channel, session, message } = sound
  const owed = owedInState(sound, calls)
  if (type === 'OCRP' && session !== undefined) calls.replied.add(session)
  if (owed === undefined || owed.mustEnd || message === undefined || !isUnacceptable(message, channel, session)) return owed
  return { session: owed.session, refusal: owed.refusal, mustEnd: true }
}

/** Nobody vouches for what it says. */
const isDoubtful = (packet: Packet | undefined): boolean => packet === undefined || packet.channel.misspeaks

/** Undefined where a copy was damaged: which one is not told. */
const octetsOf = (packet: Packet | undefined): Uint8Array | undefined => (packet?.damaged === true ? undefined : packet?.bytes)

/** Judges what an accepted message means where it arrives. */
function openJudge(calls: Calls) {
  const strangers = new Map<number, Uint8Array>()
  return {
    overhear: (record: TraceRecord<'sent'>): void => {
      const [oldest] = strangers.keys()
      if (strangers.size >= REMEMBERED && oldest !== undefined) strangers.delete(oldest)
      strangers.set(record.packet, messageOf(record))
    },
    owed: (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined): Owed | undefined => {
      const bytes = packet === undefined ? strangers.get(record.packet) : octetsOf(packet)
      const named = bytes === undefined ? -1 : sessionNamed(record, bytes)
      if (named < 0 && record.type === 'OCRP') calls.unsure.add(channel)
      if (bytes === undefined) return undefined
      const body = isDoubtful(packet) ? bodyOf(bytes, channel.endpoint.config) : undefined
      if (isDoubtful(packet) && body === undefined) return undefined
      if (body?.ok === false) return owedForFault(body, channel, named)
      const session = named > 0 ? channel.sessions.get(named) : undefined
      const known = session?.state === 'closed' ? undefined : session
      return owedBySound({ type: record.type, channel, session: known, named, message: body?.message }, calls)
    },
  }
}

const grants: Readonly<Record<string, string>> = { ICRQ: 'ICRP', OCRQ: 'OCRP' }

/** This side is in order itself: nothing was done to its tables, and it says what it should. */
const isJudged = (channel: Channel): boolean =>
  isLive(channel) && !channel.awaitsReset && !channel.edited && !channel.misspeaks && !isReset(channel.era)

/** Hears what becomes of duties. */
function following(duties: Duties, calls: Calls): Watcher {
  return {
    first(record, { channel, type }) {
      duties.settle(record.at)
      const session = type === 'ICRQ' || type === 'OCRQ' ? channel.sessions.get(record.session) : undefined
      if (session !== undefined) calls.asked.add(session)
      duties.said(channel, type, record.session)
    },
    tunnel(record, channel) {
      duties.settle(record.at)
      if (channel === undefined) return
      if (record.event === 'closed') duties.ended(channel, 0)
      else duties.stands(channel, 0)
    },
    session(record, channel) {
      duties.settle(record.at)
      // The peer has ended it in the same instant, and need not be told.
      if (record.why === 'cdn-received') duties.said(channel, 'CDN', record.session)
      if (record.event === 'closed') duties.ended(channel, record.session)
      else if (record.event === 'established') duties.stands(channel, record.session)
      else if (record.event === 'opening' && record.peerSession > 0) duties.opened(channel, record.session)
    },
    plane(record) {
      duties.settle(record.at)
      if (record.plane === 'control') duties.excuse(record.endpoint)
    },
    fault(record) {
      duties.settle(record.at)
      duties.excuse(record.target)
    },
    end(at) {
      duties.settle(at)
    },
  }
}

/** A call that the peer knows, or has been asked for, so that it must be told of its end. */
function isKnownToPeer(session: Session, { asked }: Calls): boolean {
  return !session.placed || session.state === 'established' || asked.has(session)
}

const newCalls = (): Calls => ({ asked: new WeakSet(), replied: new WeakSet(), unsure: new WeakSet() })

/** What an order to hang up, or to close a tunnel, asks of this side. */
function ordered(record: TraceRecord<'command'>, channel: Channel, calls: Calls): Owed | undefined {
  if (record.command === 'close-tunnel') return { session: 0, refusal: channel.awaitsReset ? '' : 'StopCCN', mustEnd: true }
  const session = record.command === 'hang-up' ? channel.sessions.get(record.session) : undefined
  if (session === undefined || session.state === 'closed') return undefined
  return { session: record.session, refusal: isKnownToPeer(session, calls) ? 'CDN' : '', mustEnd: true }
}

/** No recovery keeps it from saying anything new. */
const mayAct = ({ offers, awaitsReset }: Channel): boolean => offers.length === 0 && !awaitsReset

const allAcknowledged = ({ era }: Channel): boolean => era.outstanding.length === era.doubtful

type Wanted = 'StopCCN' | 'ZLB' | 'ACK' | 'nothing'

/** A stranger's message for a tunnel that this side does not have, and what must be said to it at once. */
interface Stranger {
  readonly at: number
  readonly seq: number
  readonly endpoint: string
  readonly tunnel: number
  readonly type: string
  readonly wanted: Wanted
  said: string
  /** It is the only one of its instant. */
  certain: boolean
}

const isKept = (channel: Channel | undefined): boolean => channel !== undefined && (isLive(channel) || lingers(channel))

/** In L2TPv3 nobody is answered whose digest nobody can check (RFC 3931 4.3). */
function isOpenTo({ config }: Endpoint, version: 2 | 3): boolean {
  return config !== undefined && (version === 2 || config.v3.digest === 'none' || (config.secret === undefined && !config.v3.integrity))
}

/** What an idle control connection answers (RFC 2661 5.7, 7.2.1, RFC 3931 7.2). */
function answerTo(type: string, version: 2 | 3): Wanted {
  if (type === 'SCCRP' || (type === 'SCCCN' && version === 3)) return 'StopCCN'
  if (type !== 'StopCCN') return 'nothing'
  return version === 3 ? 'ACK' : 'ZLB'
}

/** The answer that a message for no tunnel must get; undefined where it need not be able to. */
function wantedByStranger(books: Books, record: TraceRecord<'handled'>, packet: Packet | undefined): Stranger | undefined {
  const { type } = record
  const bytes = octetsOf(packet)
  if (bytes === undefined || record.verdict !== 'unknown-tunnel' || type === 'SCCRQ') return undefined
  const { version, id: tunnel } = receiverIn(bytes)
  const own = books.byName.get(record.endpoint)
  if (own === undefined || tunnel === 0 || isKept(own.channels.get(tunnel)) || !isOpenTo(own, version)) return undefined
  if (bodyOf(bytes, own.config)?.ok !== true) return undefined
  const wanted = answerTo(type, version)
  return { at: record.at, seq: record.seq, endpoint: record.endpoint, tunnel, type, wanted, said: 'nothing', certain: true }
}

export const answerInvariants = [
  invariant({
    name: 'answered-as-the-tables-say',
    kind: 'safety',
    ref:
      'R2661-7.2.1-03, R2661-7.2.1-07, R2661-7.2.1-09, R2661-7.2.1-11, R2661-7.2.1-12, R2661-7.2.1-15, R2661-7.4.1-06, R2661-7.4.1-07, ' +
      'R2661-7.4.1-11, R2661-7.4.2-02, R2661-7.4.2-06, R2661-7.4.2-07, R2661-7.4.2-10, R2661-7.5.1-02, R2661-7.5.1-07, R2661-7.5.1-08, ' +
      'R2661-7.5.2-05, R2661-7.5.2-06, R2661-7.5.2-08, R2661-7.5.2-10, R2661-4.1-04, R2661-7.1-01, R3931-5.4.4-23',
    help:
      'An accepted request is granted or refused. What is out of turn, malformed where it is mandatory, or asks for what was not offered ' +
      'ends its tunnel with a StopCCN or its call with a CDN. At once, as soon as the window lets it be said.',
    check: (_books, report) => {
      const [duties, calls] = [openDuties(report), newCalls()]
      const judge = openJudge(calls)
      return {
        ...following(duties, calls),
        forged: judge.overhear,
        accepted(record, channel, packet) {
          duties.settle(record.at)
          const isNew = record.type === 'SCCRQ' && !channel.announced && channel.state === 'opening'
          if (!isJudged(channel) || (channel.purpose === '' && !isNew)) return
          const owed = judge.owed(record, channel, packet)
          if (owed === undefined) return
          const free = maySend(channel, record.nr) && mayAct(channel)
          const isRequest = isNew || owed.session < 0
          const grant = grants[record.type] ?? ''
          duties.add({ at: record.at, seq: record.seq, channel, owed, cause: `accepted ${record.type}`, isRequest, grant, free })
        },
      }
    },
  }),
  invariant({
    name: 'ordered-end-is-carried-out',
    kind: 'safety',
    ref:
      'R2661-7.2.1-14, R2661-7.2.1-21, R2661-7.4.1-03, R2661-7.4.1-09, R2661-7.4.1-12, R2661-7.4.2-09, R2661-7.5.1-10, R2661-AMB-07, ' +
      'R2661-7.5.2-11, R2661-7.5.2-12',
    help:
      'A call that is hung up ends at once, in whatever state it is, and the peer that knows of it is told by a CDN; a tunnel that is ' +
      'closed ends with a StopCCN, unless it waits for its recovery.',
    check: (books, report) => {
      const [duties, calls] = [openDuties(report), newCalls()]
      return {
        ...following(duties, calls),
        command(record) {
          duties.settle(record.at)
          const channel = books.byName.get(record.endpoint)?.channels.get(record.tunnel)
          // A number that only answers a stranger is no tunnel that could be closed.
          if (channel === undefined || !channel.announced || !isLive(channel) || channel.edited) return
          const owed = ordered(record, channel, calls)
          if (owed === undefined) return
          const free = channel.state === 'established' && mayAct(channel) && allAcknowledged(channel)
          const cause = `was told to ${record.command.replace('-', ' ')}`
          duties.add({ at: record.at, seq: record.seq, channel, owed, cause, isRequest: false, grant: '', free })
        },
      }
    },
  }),
  invariant({
    name: 'no-tunnel-ends-in-silence',
    kind: 'safety',
    ref: 'R2661-5.7-01, R2661-7.2.1-03, R2661-7.2.1-07, R2661-7.2.1-14, R2661-7.2.1-21',
    help:
      'A tunnel ends with a StopCCN of one side, at the retransmission limit, by a tie or by its recovery; in silence only while it ' +
      'waits for its recovery. All calls that it has end before it.',
    check: (_books, report) => ({
      tunnel(record, channel) {
        if (record.event !== 'closed' || channel === undefined) return
        if (record.why === 'silent' && !channel.awaitsReset) report(record, `${nameOf(channel)} ended and told nobody`)
        for (const { session, state } of channel.sessions.values()) {
          if (state !== 'closed') report(record, `${nameOf(channel)} ended and left session ${String(session)} behind`)
        }
      },
    }),
  }),
  invariant({
    name: 'stranger-is-answered',
    kind: 'safety',
    ref: 'R2661-7.2.1-04, R2661-7.2.1-05, R2661-5.7-02, R3931-7.2-06',
    help:
      'An SCCRP for a tunnel that is not there is answered by a StopCCN; so is an SCCCN in L2TPv3; a StopCCN is acknowledged; ' +
      'anything else gets no answer.',
    check: (books, report) => {
      let asked: Stranger | undefined
      const settle = (at: number): void => {
        if (asked === undefined || asked.at >= at) return
        const { endpoint, type, wanted, said, certain } = asked
        const wrong = `${endpoint} answered ${type} for a tunnel it does not have with ${said}, not ${wanted}`
        if (certain && said !== wanted) report(asked, wrong)
        asked = undefined
      }
      return {
        stranger(record, packet) {
          settle(record.at)
          if (asked === undefined) asked = wantedByStranger(books, record, packet)
          // Of two at one instant nobody can tell which is answered.
          else if (asked.endpoint === record.endpoint) asked.certain = false
        },
        sent(record, { type }) {
          settle(record.at)
          if (asked?.endpoint === record.endpoint && asked.tunnel === record.tunnel && asked.said === 'nothing') asked.said = type
        },
        plane(record) {
          settle(record.at)
          if (asked?.endpoint === record.endpoint) asked = undefined
        },
        end: settle,
      }
    },
  }),
] as const
