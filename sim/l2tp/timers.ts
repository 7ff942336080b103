// What happens when a tunnel's timer fires, and how the retransmission and recovery timers follow the channel. The recovery
// timer (RFC 4951 5.1) counts from the first transmission of the oldest unacknowledged message. As nearly every message is
// acknowledged at once, it is set when that message is first retransmitted, to the instant it would have had anyway.

import { NEVER } from '../base/time.ts'
import { bearersDue } from './calls.ts'
import { retransmissionCycle } from './channel.ts'
import { controlEvent } from './control.ts'
import { awaitHello } from './keepalive.ts'
import { stopRecoveryTimer } from './recovery.ts'
import { querySessions, responsesDue, sendAnswers, staleDue } from './synchronisation.ts'
import type { LcceContext, TimerName, Tunnel } from './tunnel.ts'

/** The LCCE as timers see it. */
interface TimerContext extends LcceContext {
  retryRecovery(tunnel: Tunnel): void
}

const noteFired = (tunnel: Tunnel, name: TimerName): void => {
  const { lcce } = tunnel
  lcce.notice({ kind: 'timer', name, tunnel: tunnel.localTunnelId, session: 0, action: 'fire', due: lcce.now })
}

/** The action of each timer; it has been switched off before. */
const fired: Readonly<Record<TimerName, (tunnel: Tunnel) => void>> = {
  retransmit: (tunnel) => {
    noteFired(tunnel, 'retransmit')
    retransmit(tunnel)
  },
  'recovery-time': (tunnel) => {
    noteFired(tunnel, 'recovery-time')
    // Whichever ends later decides: retransmission or recovery time (R4951-AMB-03).
    if (tunnel.channel.exhausted) giveUp(tunnel)
  },
  guard: (tunnel) => {
    noteFired(tunnel, 'guard')
    controlEvent(tunnel, 'admin-close')
  },
  hello: (tunnel) => keepAlive(tunnel),
  linger: (tunnel) => {
    noteFired(tunnel, 'linger')
    // What was sent last is still being delivered (5.8): then its acknowledgement or the retransmission limit decides.
    if (tunnel.channel.idle) tunnel.lcce.forget(tunnel)
  },
  response: (tunnel) => {
    noteFired(tunnel, 'response')
    responsesDue(tunnel)
  },
  stale: (tunnel) => {
    noteFired(tunnel, 'stale')
    staleDue(tunnel)
  },
  'first-query': (tunnel) => {
    noteFired(tunnel, 'first-query')
    querySessions(tunnel)
  },
  coalesce: (tunnel) => sendAnswers(tunnel),
  answer: (tunnel) => {
    noteFired(tunnel, 'answer')
    bearersDue(tunnel)
  },
  retry: (tunnel) => {
    noteFired(tunnel, 'retry')
    ;(tunnel.lcce as TimerContext).retryRecovery(tunnel)
  },
}

/** Runs the action of a timer that is due. */
export function timerFired(tunnel: Tunnel, timer: TimerName): void {
  if (!tunnel.gone) fired[timer](tunnel)
}

/** The head of the channel has waited long enough (RFC 2661 5.8). */
function retransmit(tunnel: Tunnel): void {
  const { channel, lcce } = tunnel
  const hadBeenExhausted = channel.exhausted
  channel.expire(lcce.now)
  if (channel.exhausted && tunnel.closing) {
    abandonDelivery(tunnel)
    return
  }
  if (channel.exhausted && !hadBeenExhausted) {
    if (!waitsForRecovery(tunnel)) {
      giveUp(tunnel)
      return
    }
    // R4951-AMB-08: nothing is cleared before the recovery time is over; the message goes on at the capped interval.
    channel.expire(lcce.now)
  }
  if (!tunnel.closing) followRecoveryTimer(tunnel)
}

/** Nobody listens any more. Whoever received a StopCCN goes on acknowledging it for the full time (RFC 2661 5.7). */
function abandonDelivery(tunnel: Tunnel): void {
  tunnel.channel.abandon()
  if (tunnel.end !== 'stopccn-received' || tunnel.deadlineOf('linger') === NEVER) tunnel.lcce.forget(tunnel)
}

/** Whether the peer asked for more time than retransmission gives (RFC 4951 5.1, R4951-AMB-03). */
function waitsForRecovery(tunnel: Tunnel): boolean {
  const { recoveryTime } = tunnel.peerCapability
  if (!grantsRecoveryTime(tunnel)) return false
  if (tunnel.lcce.config.failover.recoveryTimer === 'parallel') return tunnel.deadlineOf('recovery-time') !== NEVER
  startRecoveryTimer(tunnel, tunnel.lcce.now + recoveryTime)
  return true
}

const grantsRecoveryTime = (tunnel: Tunnel): boolean =>
  tunnel.state === 'established' && tunnel.purpose === 'ordinary' && tunnel.capability.control && tunnel.peerCapability.recoveryTime > 0

/** At the first retransmission the recovery timer shows: due as if set when the message was first sent. */
function followRecoveryTimer(tunnel: Tunnel): void {
  const { channel, lcce, peerCapability } = tunnel
  const { head } = channel
  if (head === undefined || head.attempts !== 2 || lcce.config.failover.recoveryTimer !== 'parallel' || !grantsRecoveryTime(tunnel)) return
  const due = head.firstSent + peerCapability.recoveryTime
  if (due > lcce.now) startRecoveryTimer(tunnel, due)
}

function startRecoveryTimer(tunnel: Tunnel, due: number): void {
  tunnel.recoveryTimerOf = tunnel.channel.head
  tunnel.lcce.setTimer(tunnel, 'recovery-time', due)
  tunnel.lcce.notice({ kind: 'timer', name: 'recovery-time', tunnel: tunnel.localTunnelId, session: 0, action: 'start', due })
}

/** RFC 2661 5.8: no answer within the limits; the tunnel and its sessions are cleared. */
function giveUp(tunnel: Tunnel): void {
  tunnel.end = 'retransmission-limit'
  controlEvent(tunnel, 'timeout')
}

/** RFC 2661 5.5: a HELLO after silence. The timer is set once an interval and looks back when it fires. */
function keepAlive(tunnel: Tunnel): void {
  const { lcce } = tunnel
  if (tunnel.closing) return
  if (tunnel.state !== 'established') {
    endStalledHandshake(tunnel)
    return
  }
  const heard = Math.max(tunnel.lastHeard, lcce.lastData(tunnel.localTunnelId, 0))
  const silent = lcce.now - heard >= tunnel.helloAfter
  if (silent && tunnel.channel.idle && !tunnel.channel.suspended) {
    noteFired(tunnel, 'hello')
    lcce.send(tunnel, { type: 'HELLO' })
  }
  awaitHello(tunnel, silent ? lcce.now : heard)
}

/**
 * Before a tunnel is established: what we sent is acknowledged, but the peer has fallen silent for as long as it would retransmit
 * the message that is missing. Nothing more can come of it; the tunnel ends as at the retransmission limit (RFC 2661 5.8).
 */
function endStalledHandshake(tunnel: Tunnel): void {
  const { lcce } = tunnel
  // A message of ours that is still unacknowledged has reached its own limit by then.
  const due = tunnel.lastHeard + retransmissionCycle(tunnel.retransmit)
  if (due > lcce.now) {
    lcce.setTimer(tunnel, 'hello', due)
    return
  }
  noteFired(tunnel, 'hello')
  giveUp(tunnel)
}

/** After each call: the retransmission timer follows the head, and an acknowledgement stops the recovery timer (RFC 4951 5.1). */
export function retransmissionSettled(tunnel: Tunnel): void {
  const { channel, lcce } = tunnel
  if (tunnel.recoveryTimerOf !== undefined && tunnel.recoveryTimerOf !== channel.head) stopRecoveryTimer(tunnel)
  lcce.setTimer(tunnel, 'retransmit', channel.deadline)
}
