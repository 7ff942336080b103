// Invariants about authentication: where it is configured, nothing changes for somebody who has not the secret (RFC 2661 5.1.1 for the
// set-up of an L2TPv2 tunnel, RFC 3931 4.3 for every L2TPv3 control message, RFC 4951 3.2.1 and 8 for a recovery). Who an attacker in the
// place of the peer is cannot be told from the peer.

import type { Nanos } from '../../base/time.ts'
import type { LcceConfig } from '../../l2tp/config.ts'
import { MAX_AVP } from '../../l2tp/wire/dialect.ts'
import { VERSION_BITS } from '../../l2tp/wire/header.ts'
import { uint16At } from '../../l2tp/wire/octets.ts'
import type { TraceRecord } from '../../trace/record.ts'
import { visitAvps } from '../observe/avps.ts'
import { nameOf, type Books, type Channel, type Packet } from '../observe/books.ts'
import { messageOf } from '../observe/messages.ts'
import { invariant, type Report } from './invariant.ts'

/** Messages of strangers that are remembered until they are handled; later ones take the place of the oldest. */
const REMEMBERED = 1024

/** RFC 2661 4.4.3. */
const CHALLENGE_RESPONSE = 13

/**
 * What of a message of this type and version has to be proven at this endpoint: that it may be accepted, or that its tunnel may be
 * established by it. Of a set-up what shows no sign of authentication is accepted to be refused (R3931-AMB-07).
 */
function neededFor(type: string, { challenge, v3 }: LcceConfig, version: number): 'acceptance' | 'establishment' | undefined {
  if (type === 'SCCRQ') return undefined
  if (version !== 3) return challenge && (type === 'SCCRP' || type === 'SCCCN') ? 'establishment' : undefined
  if (v3.digest === 'none') return undefined
  return type === 'SCCRP' ? 'establishment' : 'acceptance'
}

const secretsOf = ({ secret, v3 }: LcceConfig): readonly (string | undefined)[] =>
  v3.nextSecret === undefined ? [secret] : [secret, v3.nextSecret]

/** One of the secrets of the two is the same; of a sender whose configuration nobody knows, who can say. */
function shareSecret(own: LcceConfig, theirs: LcceConfig | undefined): boolean {
  return theirs === undefined || secretsOf(theirs).some((secret) => secret !== undefined && secretsOf(own).includes(secret))
}

/** As far as its Length says: what follows is not looked at. */
const extent = (bytes: Uint8Array): number => Math.min(uint16At(bytes, 2), bytes.length)

function areSame(a: Uint8Array, b: Uint8Array): boolean {
  const length = extent(a)
  if (extent(b) !== length) return false
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The Challenge Response AVP as it stands, hidden or not; undefined without one. */
function responseIn(bytes: Uint8Array): Uint8Array | undefined {
  let found: Uint8Array | undefined
  visitAvps(bytes, (attribute, head, at) => {
    if (attribute === CHALLENGE_RESPONSE) found = bytes.subarray(at, at + (head & MAX_AVP))
  })
  return found
}

function areEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && a.length === b?.length && a.every((octet, i) => octet === b[i])
}

/** Somebody of the run who has the secret has said so much of it. */
function wasSaid({ packets, olderPackets }: Books, own: LcceConfig, has: (bytes: Uint8Array) => boolean): boolean {
  for (const all of [packets, olderPackets]) {
    for (const { bytes, channel } of all.values()) {
      if (shareSecret(own, channel.endpoint.config) && has(bytes)) return true
    }
  }
  return false
}

/** Whether a message proves that whoever made it has the secret. */
function isProven(books: Books, own: LcceConfig, bytes: Uint8Array, packet: Packet | undefined): boolean {
  if (packet !== undefined) return shareSecret(own, packet.channel.endpoint.config)
  if ((bytes[1]! & VERSION_BITS) === 3) return wasSaid(books, own, (said) => areSame(said, bytes))
  const response = responseIn(bytes)
  return wasSaid(books, own, (said) => areEqual(response, responseIn(said)))
}

interface Unproven {
  readonly endpoint: string
  readonly tunnel: number
  readonly at: Nanos
}

/** Judges what is accepted, and what a tunnel is established by. */
function watchProofs(books: Books, report: Report) {
  const strangers = new Map<number, Uint8Array>()
  let peerMisspeaks = false
  let unproven: Unproven | undefined
  const judge = (record: TraceRecord<'handled'>, channel: Channel, packet: Packet | undefined): void => {
    unproven = undefined
    const own = channel.endpoint.config
    const bytes = packet?.bytes ?? strangers.get(record.packet)
    // Which copy of a message was damaged is not told.
    if (own?.secret === undefined || bytes === undefined || packet?.damaged === true || (packet === undefined && peerMisspeaks)) return
    const outcome = neededFor(record.type, own, bytes[1]! & VERSION_BITS)
    if (outcome === undefined || isProven(books, own, bytes, packet)) return
    if (outcome === 'establishment') unproven = { endpoint: record.endpoint, tunnel: record.tunnel, at: record.at }
    else report(record, `${nameOf(channel)} took ${record.type} of somebody who has not its secret`)
  }
  return {
    judge,
    overhear: (record: TraceRecord<'sent'>): void => {
      const [oldest] = strangers.keys()
      if (strangers.size >= REMEMBERED && oldest !== undefined) strangers.delete(oldest)
      strangers.set(record.packet, messageOf(record))
    },
    attacked: (by: string): void => {
      peerMisspeaks ||= by === 'peer'
    },
    established: (record: TraceRecord<'tunnel'>): void => {
      if (unproven?.endpoint !== record.endpoint || unproven.tunnel !== record.tunnel || unproven.at !== record.at) return
      report(record, `${record.endpoint} tunnel ${String(record.tunnel)} is established with somebody who has not its secret`)
    },
  }
}

export const authenticationInvariants = [
  invariant({
    name: 'nothing-changes-without-the-secret',
    kind: 'safety',
    ref: 'R2661-5.1.1-03, R3931-5.4.1-14, R4951-AMB-50',
    help:
      'Where a Challenge is sent no tunnel is established, ordinary or for a recovery, with somebody who has not the secret; where ' +
      'L2TPv3 has digests with a secret no control message is accepted from one. What is repeated octet for octet has its proof.',
    check: (books, report) => {
      const proofs = watchProofs(books, report)
      return {
        accepted: proofs.judge,
        acknowledged: proofs.judge,
        forged: proofs.overhear,
        fault: (record) => {
          if (record.name === 'attack' && record.phase === 'begin') proofs.attacked(record.detail)
        },
        tunnel: (record) => {
          if (record.event === 'established') proofs.established(record)
        },
      }
    },
  }),
] as const
