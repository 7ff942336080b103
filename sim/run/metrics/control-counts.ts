// Counts of control traffic, of losses and of queues, and of what recoveries were tried.

import { isLive, partnerOf, type Books, type Channel } from '../observe/books.ts'
import { presentChannels } from '../observe/ledger.ts'
import type { Watcher } from '../observe/watcher.ts'

export interface TypeCount {
  /** Transmissions in all, and those of them that were no first ones. */
  sent: number
  again: number
  /** Octets of UDP payload in all. */
  octets: number
}

export interface ControlCounts {
  readonly byType: Map<string, TypeCount>
  /** Datagrams, or copies of them, that did not arrive, by reason. */
  readonly lost: Map<string, number>
  linkQueuePeak: number
  inputQueuePeak: number
  falseAlarms: number
  recoveriesAttempted: number
  recoveriesFailed: number
  tunnelsRecovered: number
  secondCrashes: number
}

export const newControlCounts = (): ControlCounts => ({
  byType: new Map(),
  lost: new Map(),
  linkQueuePeak: 0,
  inputQueuePeak: 0,
  falseAlarms: 0,
  recoveriesAttempted: 0,
  recoveriesFailed: 0,
  tunnelsRecovered: 0,
  secondCrashes: 0,
})

/** The peer is alive and has the tunnel: whoever thinks it dead is wrong. */
function isAlive(channel: Channel): boolean {
  return channel.peer?.controlUp === true && partnerOf(channel)?.state === 'established'
}

/** A recovery that concerns this endpoint has begun and is not through on both sides. */
function isRecovering(books: Books, endpoint: string): boolean {
  for (const channel of presentChannels(books)) {
    if (!isLive(channel) || (channel.endpoint.name !== endpoint && channel.peer?.name !== endpoint)) continue
    const asked = channel.attempt !== undefined && !channel.recovered && channel.restored
    if (asked || channel.offers.length > 0) return true
  }
  return false
}

export function watchControl(books: Books, counts: ControlCounts): Watcher {
  const { byType, lost } = counts
  const alarmed = new Set<Channel>()
  const raiseAlarm = (channel: Channel | undefined): void => {
    if (channel?.purpose !== 'ordinary' || !isAlive(channel) || alarmed.has(channel)) return
    alarmed.add(channel)
    counts.falseAlarms += 1
  }
  return {
    sent(record, { type }) {
      let count = byType.get(type)
      if (count === undefined) byType.set(type, (count = { sent: 0, again: 0, octets: 0 }))
      count.sent += 1
      count.octets += record.bytes.length + record.padding
      if (record.attempt > 1) count.again += 1
      if (record.backlog > counts.linkQueuePeak) counts.linkQueuePeak = record.backlog
    },
    dataSent(record) {
      if (record.backlog > counts.linkQueuePeak) counts.linkQueuePeak = record.backlog
    },
    dropped(record) {
      lost.set(record.why, (lost.get(record.why) ?? 0) + 1)
    },
    delivered(record) {
      if (record.depth > counts.inputQueuePeak) counts.inputQueuePeak = record.depth
    },
    tunnel(record, channel) {
      if (record.event === 'closed' && record.why === 'retransmission-limit') raiseAlarm(channel)
    },
    timer(record, channel) {
      if (record.name === 'recovery-time' && record.action === 'fire') raiseAlarm(channel)
    },
    recovery(record) {
      if (record.step === 'requested') counts.recoveriesAttempted += 1
      else if (record.step === 'failed') counts.recoveriesFailed += 1
      else if (record.step === 'recovered' && record.role === 'recovery') counts.tunnelsRecovered += 1
    },
    plane(record) {
      if (record.plane === 'control' && !record.up && isRecovering(books, record.endpoint)) counts.secondCrashes += 1
    },
  }
}

/** All types together: messages with a body once each, their retransmissions, and every octet, ZLBs included. */
export function controlTotals({ byType }: ControlCounts): {
  messages: number
  retransmissions: number
  octets: number
  zlb: number
} {
  const totals = { messages: 0, retransmissions: 0, octets: 0, zlb: 0 }
  for (const [type, { sent, again, octets }] of byType) {
    totals.octets += octets
    // In L2TPv3 an ACK does what a ZLB does (RFC 3931 6.15).
    if (type === 'ZLB' || type === 'ACK') totals.zlb += sent
    else {
      totals.messages += sent - again
      totals.retransmissions += again
    }
  }
  return totals
}
