// Wrong or old behaviours that real stacks show, and wrong readings of RFC 4951 that one may fall for: each a name that an endpoint can be
// given, with where it was seen and what it replaces (alteration.ts). This is the only place that knows of them. Documented in
// docs/quirks.md, which is written from here.

import type { Datagram } from '../base/datagram.ts'
import { NEVER, SECOND } from '../base/time.ts'
import type { Alteration } from './alteration.ts'
import { offer } from './calls.ts'
import { configuredCapability } from './capability.ts'
import { controlEvent } from './control.ts'
import {
  changedRow,
  deafTo,
  EMPTY_CAPABILITY,
  headerOf,
  isRecoveryRequest,
  knowsNoTunnelRecovery,
  mute,
  namingTunnelRecovery,
  overlooksTunnelRecovery,
  overlooksVendors,
  seeingFirst,
  tunnelRecoveryOf,
  withAvp,
} from './quirk-parts.ts'
import { freeTurn } from './recovery.ts'
import type { LcceContext, Tunnel } from './tunnel.ts'

export interface Quirk extends Alteration {
  readonly name: string
  /** What the endpoint does. */
  readonly does: string
  /** Which stacks do so, or which sentence of an RFC invites it. */
  readonly seen: string
  /** What comes of it. */
  readonly leads: string
}

/** Retransmission and the reliable channel. */
const channelQuirks: readonly Quirk[] = [
  {
    name: 'one-retransmission-too-few',
    does: 'Retransmits once less than configured: the counter is tested after it is raised.',
    seen: 'go-l2tp, osvbng',
    leads: 'The peer is given up early, after 15 s instead of 31 s with the defaults of L2TPv2.',
    rules: () => ({ retransmission: (set) => ({ ...set, count: Math.max(0, set.count - 1) }) }),
  },
  {
    name: 'fixed-retransmission-interval',
    does: 'Retransmits at the first interval for ever, without back-off.',
    seen: 'OpenRPD (18 s each time)',
    leads: 'A slow peer is flooded, and given up after a sixth of the time.',
    rules: () => ({ retransmission: (set) => ({ ...set, cap: set.initial }) }),
  },
  {
    name: 'no-retransmission-cap',
    does: 'Doubles the retransmission interval without end.',
    seen: 'xl2tpd 1.3.18 (`cap backoff` is read and never used), bngblaster',
    leads: 'With many retransmissions configured, a peer that is back is not spoken to for minutes.',
    rules: () => ({ retransmission: (set) => ({ ...set, cap: 24 * 3600 * SECOND }) }),
  },
  {
    name: 'acknowledgement-without-modulo',
    does: 'Compares Ns with a received Nr as plain numbers, not modulo 65536.',
    seen: 'OpenRPD, xl2tpd (`ns < cLr`)',
    leads: 'At the wrap an acknowledged message is retransmitted until the tunnel dies; with a HELLO a minute after 45 days.',
    rules: () => ({ acknowledges: (nr, ns) => ns < nr }),
  },
  {
    name: 'stopccn-after-giving-up',
    does: 'Sends a StopCCN when the retransmission limit is reached.',
    seen: 'xl2tpd (at 31 s, and retransmitted to 62 s)',
    leads: 'A peer that was only slow loses the tunnel though it might have recovered; RFC 2661 5.8 just clears.',
    table: (table) => changedRow(table, 'control-connection', 'timeout', { do: ['send-StopCCN', 'clean-up'] }),
  },
  {
    name: 'unsent-acknowledged',
    does: 'Takes an Nr that acknowledges messages never sent.',
    seen: 'xl2tpd, l2tpns (accel-ppp discards the message)',
    leads: 'Nothing while all peers are sound; a stray packet can then end the delivery of what it never saw (R2661-AMB-09).',
    rules: () => ({ isPlausible: () => true }),
  },
  {
    name: 'vendor-ids-ignored',
    does: 'Reads the AVPs of every vendor as those of the IETF.',
    seen: 'xl2tpd',
    leads: 'A vendor’s own AVP is taken for the IETF’s of that number; nothing while nobody sends any.',
    hears: overlooksVendors,
  },
  {
    name: 'wrong-response-accepted',
    does: 'Does not look at the Challenge Response: whoever answers is let in.',
    seen: 'l2tpns 2.4.1',
    leads: 'A peer with another secret, or none, gets its tunnel, and a stranger can recover one (RFC 4951 8).',
    guards: {
      'control-connection': {
        acceptable: (original) => (tunnel, message) => {
          if (original(tunnel, message) || tunnel.refusal?.result !== 4 || message?.type === 'SCCRQ') return tunnel.refusal === undefined
          tunnel.refusal = undefined
          return true
        },
      },
    },
  },
]

/** Peers that do not know RFC 4951 and say they do, or meet its messages anyway. */
const strangerQuirks: readonly Quirk[] = [
  {
    name: 'recovery-request-ignored',
    does: 'Drops a recovery SCCRQ without a word.',
    seen: 'l2tpns, accel-ppp',
    leads: 'The recovery fails at the retransmission limit, and the sessions with it.',
    hears: deafTo(isRecoveryRequest),
  },
  {
    name: 'tunnel-recovery-unknown',
    does: 'Does not know the Tunnel Recovery AVP, and refuses a recovery SCCRQ for it with a StopCCN, result 2, error 8.',
    seen: 'every stack of RFC 2661 or RFC 3931 alone that heeds the M bit (RFC 2661 4.1)',
    leads: 'The recovery fails at once; the tunnel that it was about is not affected until nobody answers on it.',
    hears: knowsNoTunnelRecovery,
    says: (message) => {
      if (message.type !== 'StopCCN' || message.resultCode.message === undefined) return message
      return { ...message, resultCode: { ...message.resultCode, message: namingTunnelRecovery(message.resultCode.message) } }
    },
  },
  {
    name: 'recovery-request-as-new-tunnel',
    does: 'Overlooks the Tunnel Recovery AVP and answers a recovery SCCRQ with the SCCRP of a new tunnel.',
    seen: 'osmo-el2tpd; every stack when the AVP comes without its M bit',
    leads: 'The recovery endpoint takes the tunnel for recovered, and resets a channel whose other end goes on.',
    hears: overlooksTunnelRecovery,
  },
  {
    name: 'query-ends-tunnel',
    does: 'Answers an FSQ with a StopCCN.',
    seen: 'xl2tpd (result 2, error 6), l2tpns (2/8)',
    leads: 'The first query after a recovery ends the tunnel that was saved. FSQ goes only to peers that sent AVP 76.',
    hears: (original) => (lcce, datagram, packet) => {
      original(lcce, datagram, packet)
      const message = headerOf(datagram)
      const tunnel = message?.type === 'FSQ' ? lcce.tunnel(message.tunnelId) : undefined
      if (tunnel?.state !== 'established' || tunnel.closing || tunnel.channel.suspended) return
      tunnel.refusal = { result: 2, error: 6, message: 'unknown message' }
      controlEvent(tunnel, 'invalid-message')
    },
  },
  {
    name: 'query-never-acknowledged',
    does: 'Drops an FSQ and does not even acknowledge it.',
    seen: 'accel-ppp',
    leads: 'The channel is wedged behind the FSQ until the sender gives the tunnel up.',
    hears: deafTo((datagram) => headerOf(datagram)?.type === 'FSQ'),
  },
]

/** Recovery done wrong, or without RFC 4951. */
const recoveryQuirks: readonly Quirk[] = [
  {
    name: 'failover-capability-empty',
    does: 'Says with a Failover Capability AVP of neither bit that it can recover nothing, instead of sending none.',
    seen: 'not seen; RFC 4951 5.1 forbids it and does not say what it means (R4951-AMB-31)',
    leads: 'The tunnel comes up, and after a failure of either end nobody asks to recover it.',
    config: (config) => ({ ...config, failover: { ...config.failover, controlChannel: false, dataChannel: false } }),
    spells: (bytes, { type }, { purpose }) =>
      (type === 'SCCRQ' || type === 'SCCRP') && purpose === 'ordinary' ? withAvp(bytes, EMPTY_CAPABILITY) : bytes,
  },
  {
    name: 'failover-avps-repeated',
    does: 'Puts its Failover Capability into the SCCRQ and SCCRP of recovery tunnels too, and the Tunnel Recovery AVP into that SCCRP.',
    seen: 'not seen; RFC 4951 3.2.1 and 5.2 have each in one message only (R4951-AMB-02, -32)',
    leads: 'Nothing while the peer ignores what is out of place, as it should.',
    says: (message, tunnel) =>
      (message.type === 'SCCRQ' || message.type === 'SCCRP') && tunnel.purpose === 'recovery'
        ? { ...message, failoverCapability: configuredCapability(tunnel) }
        : message,
    spells: (bytes, { type }, { oldTunnel }) =>
      type === 'SCCRP' && oldTunnel !== undefined ? withAvp(bytes, tunnelRecoveryOf(oldTunnel)) : bytes,
  },
  {
    name: 'suggestion-ignored',
    does: 'Resets the control channel to zero whatever the SCCRP suggests, or suggested.',
    seen: 'OpenRPD',
    leads: 'One side at the suggested numbers and one at zero: the channel is dead.',
    actions: {
      'recovery-endpoint': {
        'reset-control-channel': (original) => (old, { sccrp, why }) => {
          const unheeded = sccrp === undefined ? {} : { sccrp: { ...sccrp, suggestedControlSequence: undefined } }
          original(old, why === undefined ? unheeded : { ...unheeded, why })
        },
      },
      'remote-endpoint': {
        'reset-control-channel': (original) => (old, argument) => {
          if (argument.recoveryTunnel !== undefined) argument.recoveryTunnel.suggested = undefined
          original(old, argument)
        },
      },
    },
  },
  {
    name: 'suggestion-swapped',
    does: 'Takes the Suggested Ns of the SCCRP for Nr and the Suggested Nr for Ns.',
    seen: 'not seen; RFC 4951 5.3 does not say whose numbers they are (R4951-AMB-01)',
    leads: 'Each side waits for a number that the other does not use: the channel is dead.',
    actions: {
      'recovery-endpoint': {
        'reset-control-channel': (original) => (old, { sccrp }) => {
          const suggested = sccrp?.suggestedControlSequence
          if (sccrp === undefined || suggested === undefined) return
          const { suggestedNs, suggestedNr } = suggested
          original(old, { sccrp: { ...sccrp, suggestedControlSequence: { suggestedNs: suggestedNr, suggestedNr: suggestedNs } } })
        },
      },
    },
  },
  {
    name: 'recovery-ids-swapped',
    does: 'Writes the two Tunnel IDs of the Tunnel Recovery AVP in the other order.',
    seen: 'not seen; RFC 4951 5.2 can be read from either end (R4951-AMB-13)',
    leads: 'The recovery is refused, unless both Tunnel IDs happen to be equal.',
    says: (message) => {
      if (message.type !== 'SCCRQ' || message.tunnelRecovery === undefined) return message
      const { recoverTunnelId, recoverRemoteTunnelId } = message.tunnelRecovery
      return { ...message, tunnelRecovery: { recoverTunnelId: recoverRemoteTunnelId, recoverRemoteTunnelId: recoverTunnelId } }
    },
  },
  {
    name: 'muted-before-authentication',
    does: 'Stops listening on the old tunnel as soon as a recovery SCCRQ names it, and does not resume when that is refused.',
    seen: 'OpenRPD',
    leads: 'A spoofed SCCRQ silences a healthy tunnel.',
    guards: {
      'control-connection': {
        acceptable: (original) => (tunnel, message) => {
          if (message?.type === 'SCCRQ' && message.tunnelRecovery !== undefined) {
            mute(tunnel.lcce.tunnel(message.tunnelRecovery.recoverRemoteTunnelId))
          }
          return original(tunnel, message)
        },
      },
    },
  },
  {
    name: 'failed-recovery-clears-wrong-tunnel',
    does: 'When a recovery has failed, clears the sessions of the recovery tunnel, which has none, and leaves the old tunnel as it is.',
    seen: 'OpenRPD',
    leads: 'The old tunnel and its sessions stay for ever and carry nothing.',
    actions: { 'recovery-endpoint': { 'clear-old-tunnel': () => freeTurn } },
  },
  {
    name: 'failed-recovery-with-stopccn',
    does: 'Tells the peer of a failed recovery by a StopCCN on the old tunnel.',
    seen: 'JunosE (its LAC puts AVP 76 with Recovery Time 0 into it)',
    leads: 'A message with numbers that nobody knows, where RFC 4951 3.2.1 wants silence.',
    actions: {
      'recovery-endpoint': {
        'clear-old-tunnel': (original) => (old, argument) => {
          controlEvent(old, 'admin-close')
          original(old, argument)
        },
      },
    },
  },
  {
    name: 'reset-keeps-held-messages',
    does: 'Keeps the messages that wait out of order when the control channel is reset.',
    seen: 'not seen; RFC 4951 3.2.2 speaks of messages to be sent only',
    leads: 'After a reset to zero a message from before it is delivered as if it were new.',
    rules: () => ({ resetForgetsHeld: false }),
  },
  {
    name: 'reset-keeps-sent-messages',
    does: 'Goes on retransmitting after the reset what was unacknowledged before.',
    seen: 'l2tpns (takes over with a stale control queue)',
    leads: 'Old numbers in the new sequence; the channel is wedged.',
    rules: () => ({ resetForgetsSent: false }),
  },
  {
    name: 'silent-failover',
    does: 'Takes the tunnels over without RFC 4951, and learns Ns and Nr from the next message of the peer.',
    seen: 'Junos (by default since 2017), JunosE, Cisco SSO, Huawei',
    leads: 'Nothing is queried: sessions that only one side knows stay. Without a message of the peer nothing can be sent.',
    table: (table) => changedRow(table, 'recovery-endpoint', 'start', { do: ['free-turn'], to: 'recovered' }),
    hears: seeingFirst((datagram, lcce) => {
      learnNumbers(lcce, datagram, 0)
    }),
  },
  {
    name: 'stale-takeover',
    does: 'Takes the tunnels over without RFC 4951, with an Nr that is a message behind.',
    seen: 'l2tpns 2.4.1 in a cluster: in 4 of 7 take-overs one to three messages behind',
    leads: 'Whatever the peer sends is ahead of what is expected and never acknowledged; the peer gives the tunnel up.',
    table: (table) => changedRow(table, 'recovery-endpoint', 'start', { do: ['free-turn'], to: 'recovered' }),
    hears: seeingFirst((datagram, lcce) => {
      learnNumbers(lcce, datagram, 1)
    }),
  },
  {
    name: 'recovery-time-ignored',
    does: 'As remote endpoint gives a silent peer up at the retransmission limit, whatever Recovery Time it asked for.',
    seen: 'every stack that reads AVP 76 for its bits alone; RFC 4951 5.1',
    leads: 'A peer that needs longer than 31 s finds nothing to recover.',
    actions: { 'control-connection': { 'tunnel-established': waits(() => 0) } },
  },
  {
    name: 'own-recovery-time-used',
    does: 'Waits for the Recovery Time it advertises itself, not for that of the peer.',
    seen: 'not seen; RFC 4951 5.1 does not name the one that counts (R4951-AMB-06)',
    leads: 'Too early or too late by the difference.',
    actions: { 'control-connection': { 'tunnel-established': waits((tunnel) => tunnel.lcce.config.failover.recoveryTime) } },
  },
  {
    name: 'tie-loser-clears',
    does: 'Having lost the tie of two recoveries, takes its own for failed and clears the old tunnel.',
    seen: 'not seen; the letter of RFC 4951 3.2.1 (R4951-AMB-18)',
    leads: 'When both ends fail at once, the tunnel is lost.',
    table: (table) => {
      const change = { do: ['discard-recovery-tunnel', 'clear-old-tunnel'], to: 'failed' }
      return changedRow(table, 'recovery-endpoint', 'tie-lost', change)
    },
  },
  {
    name: 'higher-tie-breaker-wins',
    does: 'Lets the higher tie breaker win.',
    seen: 'not seen; RFC 4951 does not repeat the rule (R4951-AMB-21)',
    leads: 'Both ends drop their requests, or both go on.',
    rules: ({ compareTies }) => ({ compareTies: (a, b) => compareTies(b, a) }),
  },
  {
    name: 'tie-breaker-missing',
    does: 'Leaves the Tie Breaker out of its recovery SCCRQ.',
    seen: 'not seen; mandatory by RFC 4951 3.2.1, but not in the table of RFC 2661 6.1',
    leads: 'It loses every tie (R4951-AMB-22).',
    says: (message) =>
      message.type === 'SCCRQ' && message.tunnelRecovery !== undefined ? { ...message, tieBreaker: undefined } : message,
  },
  {
    name: 'old-tunnel-not-suspended',
    does: 'As remote endpoint goes on with the old tunnel, in both directions, until the reset.',
    seen: 'not seen; RFC 4951 3.2.1',
    leads: 'Messages are acknowledged, and sent, that the reset then forgets.',
    actions: { 'remote-endpoint': { 'suspend-old-tunnel': () => () => undefined } },
  },
  {
    name: 'recovery-tunnel-kept',
    does: 'Leaves the recovery tunnel up when the old one is recovered.',
    seen: 'not seen; RFC 4951 3.2.2 asks the recovery endpoint to end it',
    leads: 'The remote endpoint has to end it after its guard time.',
    table: (table) => {
      const change = { do: ['reset-data-channels', 'admit-new-sessions', 'synchronise-sessions', 'free-turn'] }
      return changedRow(table, 'recovery-endpoint', 'SCCCN-acknowledged', change)
    },
  },
]

/** Synchronisation of sessions, and data. */
const sessionQuirks: readonly Quirk[] = [
  {
    name: 'cdn-for-unknown-session',
    does: 'Ends a session that the peer does not know with a CDN.',
    seen: 'OpenRPD (a flag set under one name and tested under another)',
    leads: 'A CDN where silence is due; it may hit another call that has got the Session ID since.',
    actions: {
      'session-sync': { 'clear-silently': () => (session) => { offer(session, 'local-close', { end: 'unknown-to-peer' }) } },
    },
  },
  {
    name: 'one-query-for-all-sessions',
    does: 'Puts all sessions into one FSQ, and all answers into one FSR.',
    seen: 'OpenRPD',
    leads: 'Beyond 90 sessions the datagram is fragmented; 24,000 sessions would need 267 messages.',
    config: (config) => ({ ...config, failover: { ...config.failover, mtu: 65_535 } }),
  },
  {
    name: 'half-open-sessions-kept',
    does: 'Keeps sessions that were being set up when the tunnel failed.',
    seen: 'not seen; RFC 4951 3.3 step I',
    leads: 'Calls that one side has forgotten stay half-open.',
    actions: {
      'recovery-endpoint': { 'clear-half-open-sessions': () => () => undefined },
      'remote-endpoint': { 'clear-half-open-sessions': () => () => undefined },
    },
  },
  {
    name: 'mismatch-clears-at-once',
    does: 'Clears a session at once when an FSQ names it with another partner.',
    seen: 'not seen; RFC 4951 3.3 has it queried first (R4951-AMB-62)',
    leads: 'One wrong or late query ends a live call.',
    table: (table) => changedRow(table, 'session-sync', 'FSQ-mismatch', { do: ['clear-silently'], to: 'synchronised' }),
  },
  {
    name: 'pair-not-checked',
    does: 'Answers an FSQ by the Session ID of the peer alone, without checking that the pair is right.',
    seen: 'not seen; RFC 4951 3.3 step III (R4951-AMB-58)',
    leads: 'A session that is paired otherwise is confirmed, or answered with another ID than asked for.',
    says: (message, tunnel) =>
      message.type === 'FSR'
        ? { ...message, failoverSessionStates: message.failoverSessionStates.map((state) => named(state, tunnel)) }
        : message,
  },
  {
    name: 'data-numbers-never-reset',
    does: 'Advertises D = 1 and never resets the expected data number.',
    seen: 'xl2tpd (nothing is taken past a gap, and nothing resynchronises)',
    leads: 'After the peer’s failure every sequenced data message is old and dropped: the loss that the D bit is about.',
    rules: () => ({ dataThreshold: () => NEVER }),
  },
]

interface State {
  readonly sessionId: number
  readonly remoteSessionId: number
}

/** The answer by the peer's Session ID alone. */
function named(state: State, tunnel: Tunnel): State {
  const session = tunnel.byPeerSession.get(state.remoteSessionId)
  return session === undefined ? state : { ...state, sessionId: session.localSessionId }
}

/** Another Recovery Time than the peer asked for, once the tunnel is established and that is announced. */
function waits(recoveryTime: (tunnel: Tunnel) => number) {
  return (original: (tunnel: Tunnel, message: never) => void) =>
    (tunnel: Tunnel, message: unknown): void => {
      original(tunnel, message as never)
      tunnel.peerCapability = { ...tunnel.peerCapability, recoveryTime: recoveryTime(tunnel) }
    }
}

/** A tunnel that was taken over gets its numbers from the first message of its peer; Nr too low by `behind`. */
function learnNumbers(lcce: LcceContext, datagram: Datagram, behind: number): void {
  const message = headerOf(datagram)
  const tunnel = message === undefined ? undefined : lcce.tunnel(message.tunnelId)
  if (message === undefined || tunnel?.ownRecovery?.state !== 'recovered' || tunnel.channel.epoch > 0) return
  tunnel.channel.reset(message.nr, (message.ns - behind) & 0xffff, tunnel.channel.queued)
}

/** All of them, in the order of the document. */
export const quirks: readonly Quirk[] = [...channelQuirks, ...strangerQuirks, ...recoveryQuirks, ...sessionQuirks]

const byName = new Map(quirks.map((quirk) => [quirk.name, quirk]))

/** The quirk of that name. @throws for a name that is none; scenarios are checked before. */
export function quirkNamed(name: string): Quirk {
  const quirk = byName.get(name)
  if (quirk === undefined) throw new Error(`no quirk ${name}`)
  return quirk
}
