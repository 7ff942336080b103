// Invariants about sessions: both sides agree once synchronised, nothing half-open survives step I (RFC 4951 3.3), data is
// recognised and its numbers never go back except by the reset of 3.2.3.

import { isOld, next } from '../../l2tp/sequence.ts'
import {
  areSameEra,
  arePaired,
  isLive,
  isReset,
  isTrustworthy,
  nameOf,
  otherHalf,
  partnerOf,
  toldEnds,
  type Channel,
  type Endpoint,
  type Flow,
  type Session,
} from '../observe/books.ts'
import { presentChannels } from '../observe/ledger.ts'
import { invariant } from './invariant.ts'

/** This side queries every session after a recovery, as far as is known (R4951-AMB-53). */
export const queriesAll = ({ config }: Endpoint): boolean => config === undefined || config.failover.query === 'all'

/** The message that tells of its end may still be on its way; its number may serve another call by now. */
const isBeingTold = ({ channel, state, why, toldBefore }: Session): boolean =>
  (state === 'closed' && toldEnds.has(why)) || toldBefore > channel.era.seq

/** A session of this side that lived through the recovery and has no other half; undefined when there is none. */
function oneSided(channel: Channel, partner: Channel): Session | undefined {
  for (const session of channel.sessions.values()) {
    if (session.state !== 'established' || session.changedBy > channel.era.seq || session.unanswered || session.peerSession < 0)
      continue
    const other = otherHalf(session, partner)
    if (arePaired(session, other) || (other !== undefined && isBeingTold(other))) continue
    return session
  }
  return undefined
}

const survivedStepI = ({ channel, openedBy, state }: Session): boolean =>
  state === 'opening' && isReset(channel.era) && openedBy < channel.era.mutedFrom

/** Old messages in sequence, this one included (R4951-AMB-25). */
const runWith = ({ run, runNs, largest }: Flow, ns: number): number => (run > 0 && ns === next(runNs, largest) ? run + 1 : 1)

const flowName = ({ endpoint, tunnel, session }: Flow): string =>
  `${endpoint.name} tunnel ${String(tunnel)} session ${String(session)}`

/** RFC 4951 5.1: the endpoint can reset its expected data number. */
const resetsData = ({ config }: Endpoint): boolean =>
  config !== undefined && config.failover.enabled && config.failover.dataChannel

/** Data for this session must be known: it lives on both planes, and its peer has but one address to send from. */
function mustBeKnown(session: Session | undefined): boolean {
  if (session?.state !== 'established' || !isLive(session.channel)) return false
  const { endpoint, peer, previous } = session.channel
  // Another peer may have had the tunnel before a failure, and not know yet that it has not any more.
  if (previous !== undefined && previous.peer !== peer) return false
  return endpoint.dataUp && peer !== undefined && peer.ips.length <= 1
}

export const sessionInvariants = [
  invariant({
    name: 'sessions-agree-when-synchronised',
    kind: 'safety',
    ref: 'R4951-2-09, R4951-3.3-04, R4951-3.3-20, R4951-3.3-21, R4951-3.3-24, R4951-AMB-53',
    help:
      'When both sides of a recovered tunnel call it synchronised, each session that lived through the recovery on one ' +
      'side is established and paired with it on the other, or its CDN is on the way.',
    check: (_books, report) => ({
      recovery(record, channel) {
        const partner = record.step === 'synchronised' ? partnerOf(channel) : undefined
        if (partner?.state !== 'established' || partner.synchronisedAt < 0 || !isTrustworthy(channel, partner)) return
        if (!isReset(channel.era) || areSameEra(channel.era, partner.era) !== true) return
        // What a fault did to a table in the middle of the queries, the answers may have passed already.
        if (channel.edited || partner.edited) return
        for (const [side, other] of [
          [channel, partner],
          [partner, channel],
        ] as const) {
          const session = queriesAll(side.endpoint) ? oneSided(side, other) : undefined
          if (session === undefined) continue
          const pair = `session ${String(session.session)} with ${String(session.peerSession)}`
          report(record, `${nameOf(side)} is synchronised and has ${pair}, which ${nameOf(other)} has not`)
        }
      },
    }),
  }),
  invariant({
    name: 'half-open-sessions-cleared',
    kind: 'safety',
    ref: 'R4951-3.3-05, R4951-1-01',
    help:
      'A session that was being set up when its tunnel failed does not outlive the control channel reset (step I); ' +
      'calls that had to wait for the reset do.',
    check: (books, report) => ({
      session(record, channel, session) {
        if (record.event !== 'established' || session === undefined || !survivedStepI(session)) return
        report(
          record,
          `${nameOf(channel)} session ${String(session.session)} was half-open before the reset and is established after it`,
        )
      },
      end(at) {
        for (const channel of presentChannels(books)) {
          if (channel.state !== 'established' || channel.era.at >= at) continue
          for (const session of channel.sessions.values()) {
            if (survivedStepI(session))
              report(channel.era, `${nameOf(channel)} session ${String(session.session)} is half-open since before the reset`)
          }
        }
      },
    }),
  }),
  invariant({
    name: 'data-numbers-never-go-back',
    kind: 'safety',
    ref: 'R2661-5.4-02, R4951-3.2.3-05, R4951-AMB-25, R4951-AMB-26',
    help:
      'Of a sequenced session only messages with newer numbers are delivered, so none twice, except by the reset of ' +
      'RFC 4951 3.2.3.',
    check: (_books, report) => ({
      data(record, _session, flow) {
        if (flow === undefined || record.verdict !== 'accepted' || record.ns < 0 || flow.lastNs < 0) return
        if (!isOld(next(flow.lastNs, flow.largest), record.ns, flow.largest)) return
        report(record, `${flowName(flow)} delivered number ${String(record.ns)} after ${String(flow.lastNs)}`)
      },
    }),
  }),
  invariant({
    name: 'data-reset-after-n-in-sequence',
    kind: 'safety',
    ref: 'R4951-3.2.3-05, R4951-3.2.3-06, R4951-AMB-25',
    help: 'The expected data number is reset by the nth old message in sequence, neither sooner nor later.',
    check: (_books, report) => ({
      data(record, _session, flow) {
        const threshold = flow?.endpoint.config?.dataThreshold
        if (flow === undefined || threshold === undefined || record.ns < 0) return
        const run = runWith(flow, record.ns)
        const wanted = `${String(threshold)} are wanted`
        if (record.verdict === 'reset' && run < threshold)
          report(record, `${flowName(flow)} was reset by old message ${String(run)} in sequence, ${wanted}`)
        else if (record.verdict === 'old' && run >= threshold && resetsData(flow.endpoint))
          report(record, `${flowName(flow)} was not reset by old message ${String(run)} in sequence, ${wanted}`)
      },
    }),
  }),
  invariant({
    name: 'live-session-data-recognised',
    kind: 'safety',
    ref: 'R4951-3.2.1-09, R4951-AMB-34',
    help:
      'Data with the Tunnel and Session IDs of a live session is never refused as unknown while the data plane is up, ' +
      'during a recovery least of all.',
    check: (books, report) => ({
      data(record, session) {
        if (record.verdict !== 'unknown-session' || !mustBeKnown(session)) return
        if (books.damagedData.has(record.packet) || books.forged.has(record.packet)) return
        report(
          record,
          `${record.endpoint} refused data of tunnel ${String(record.tunnel)} session ${String(record.session)}, which is up`,
        )
      },
    }),
  }),
] as const
