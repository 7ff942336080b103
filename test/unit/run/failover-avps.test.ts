// Invariants about RFC 4951 on the wire (sections 4 and 5): for each, octets that violate it and octets that come close and do
// not. The messages come from the real encoder; what a sound encoder never writes is written by bending its octets.

import { describe, expect, test } from 'vitest'
import { defaultFailover } from '../../../sim/l2tp/config.ts'
import { encodeMessage } from '../../../sim/l2tp/wire/codec.ts'
import { stampControlHeader } from '../../../sim/l2tp/wire/header.ts'
import type { ControlMessage } from '../../../sim/l2tp/wire/messages.ts'
import {
  contextWith,
  CONVERGENCE_BOUND,
  found,
  LATENCY,
  recovered,
  recoverySccrq,
  states,
  takenOver,
  TraceBuilder,
  underway,
} from '../../support/trace-builder.ts'
import { avp, concat } from '../../support/octets.ts'

const introduction = {
  protocolVersion: { version: 1, revision: 0 },
  hostName: 'lac1',
  framingCapabilities: 3,
  assignedTunnelId: 34,
} as const
const capability = { control: true, data: true, recoveryTimeMs: 60_000 } as const

/** Corrects the Length field of the header. */
const measured = (bytes: Uint8Array): Uint8Array => bytes.with(2, bytes.length >> 8).with(3, bytes.length & 0xff)

/** Puts one more AVP at the end. */
const plus =
  (extra: Uint8Array) =>
  (bytes: Uint8Array): Uint8Array =>
    measured(concat(bytes, extra))

/** Takes the AVPs with these attributes out. */
const without =
  (...attributes: readonly number[]) =>
  (bytes: Uint8Array): Uint8Array => {
    const kept: Uint8Array[] = [bytes.slice(0, 12)]
    for (let at = 12; at < bytes.length;) {
      const length = (((bytes[at] ?? 0) & 3) << 8) | (bytes[at + 1] ?? 0)
      if (!attributes.includes(bytes[at + 5] ?? 0)) kept.push(bytes.slice(at, at + length))
      at += length
    }
    return measured(concat(...kept))
  }

/** Changes the first octet (flags) of the first AVP with this attribute. */
const flag =
  (attribute: number, change: (octet: number) => number) =>
  (bytes: Uint8Array): Uint8Array => {
    for (let at = 12; at < bytes.length; at += (((bytes[at] ?? 0) & 3) << 8) | (bytes[at + 1] ?? 0)) {
      if (bytes[at + 5] === attribute) return bytes.with(at, change(bytes[at] ?? 0))
    }
    throw new Error(`no AVP ${String(attribute)}`)
  }

const CAPABILITY = avp(76, '0003 0000ea60', { mandatory: false })
const RECOVERY = avp(77, '0000 00000011 00000022')
const SUGGESTION = avp(78, '0000 0003 0064', { mandatory: false })
const STATE = avp(79, '0000 00000009 00000007')

describe('failover-avps-in-their-place', () => {
  const name = 'failover-avps-in-their-place'

  test('the sound messages of set-up, recovery and synchronisation are in order', () => {
    const trace = new TraceBuilder()
    trace.say(trace.lac, { type: 'SCCRQ', ...introduction, failoverCapability: capability })
    trace.say(trace.lns, { type: 'SCCRP', ...introduction, failoverCapability: capability })
    expect([found(name, trace), found(name, recovered())]).toEqual([[], []])
  })

  test.each([
    ['76 in an SCCCN (R4951-5.1-16)', CAPABILITY],
    ['77 in an SCCCN (R4951-5.2-08)', RECOVERY],
    ['78 in an SCCCN (R4951-5.3-09)', SUGGESTION],
    ['79 in an SCCCN (R4951-5.4-07)', STATE],
  ])('%s', (_, extra) => {
    const trace = underway()
    const { seq } = trace.say(trace.lac, 'SCCCN', { bend: plus(extra) })
    expect(found(name, trace)).toEqual([seq])
  })

  test.each([
    ['76 on a recovery tunnel (R4951-3.2.1-06)', plus(CAPABILITY)],
    ['a recovery SCCRQ without 77 (R4951-3.2.1-05)', without(77)],
    ['a recovery SCCRQ without Tie Breaker (R4951-3.2.1-10)', without(5)],
  ])('%s', (_, bend) => {
    const trace = takenOver()
    trace.tunnel(trace.lnsRecovery, 'opening', { peerTunnel: 0 })
    const { seq } = trace.say(trace.lnsRecovery, recoverySccrq(trace.lnsRecovery, 34), { bend })
    expect(found(name, trace)).toEqual([seq])
  })

  test('77 or 78 in the set-up of an ordinary tunnel, 77 in a recovery SCCRP (R4951-AMB-02)', () => {
    const trace = new TraceBuilder()
    const sccrq = trace.say(trace.lac, 'SCCRQ', { bend: plus(RECOVERY) })
    const sccrp = trace.say(trace.lns, 'SCCRP', { bend: plus(SUGGESTION) })
    expect(found(name, trace)).toEqual([sccrq.seq, sccrp.seq])
    const recovery = takenOver()
    recovery.offer(recovery.request())
    const { seq } = recovery.say(recovery.lacRecovery, 'SCCRP', { bend: plus(RECOVERY) })
    expect(found(name, recovery)).toEqual([seq])
  })

  test('not: a vendor’s AVP with the same number', () => {
    const trace = underway()
    trace.say(trace.lac, 'SCCCN', { bend: plus(STATE.with(2, 1)) })
    expect(found(name, trace)).toEqual([])
  })
})

describe('failover-avps-well-formed', () => {
  const name = 'failover-avps-well-formed'
  const request: ControlMessage = { type: 'SCCRQ', ...introduction, failoverCapability: capability }

  test.each<[string, ControlMessage, (bytes: Uint8Array) => Uint8Array]>([
    ['76 with M bit (R4951-5.1-03)', request, flag(76, (octet) => octet | 0x80)],
    ['76 with neither C nor D (R4951-5.1-10)', request, (bytes) => bytes.with(bytes.length - 5, 0)],
    ['76 with reserved bits set', request, (bytes) => bytes.with(bytes.length - 5, 7)],
    ['79 without M bit (R4951-5.4-05)', states('FSQ', [7, 9]), flag(79, (octet) => octet & 0x7f)],
    ['79 of another length (R4951-AMB-11)', states('FSQ', [7, 9]), plus(avp(79, '0000'))],
    ['Message Type with M bit in an FSQ (R4951-4.1-07)', states('FSQ', [7, 9]), flag(0, (octet) => octet | 0x80)],
    ['Message Type with M bit in an FSR (R4951-4.2-08)', states('FSR', [7, 9]), flag(0, (octet) => octet | 0x80)],
  ])('%s', (_, message, bend) => {
    const trace = underway()
    const { seq } = trace.say(trace.lac, message, { bend })
    expect(found(name, trace)).toEqual([seq])
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['77 hidden (R4951-5.2-04)', flag(77, (octet) => octet | 0x40)],
    ['77 without M bit (R4951-5.2-05)', flag(77, (octet) => octet & 0x7f)],
  ])('%s', (_, bend) => {
    const trace = takenOver()
    const { seq } = trace.say(trace.lnsRecovery, recoverySccrq(trace.lnsRecovery, 34), { bend })
    expect(found(name, trace)).toEqual([seq])
  })

  test('not: the four AVPs as the encoder writes them, in clear and, where allowed, hidden', () => {
    const hiding = { secret: 's3cret', randomVector: new Uint8Array(16) }
    const hidden = (message: ControlMessage): Uint8Array => encodeMessage(message, hiding)
    const trace = new TraceBuilder()
    for (const message of [request, states('FSQ', [7, 9])]) {
      trace.say(trace.lac, message)
      trace.say(trace.lac, message, { bend: () => hidden(message) })
    }
    expect([found(name, trace), found(name, recovered())]).toEqual([[], []])
  })
})

describe('queries-hold-only-session-states', () => {
  const name = 'queries-hold-only-session-states'

  test('no state at all (R4951-3.3-10, R4951-4.2-04), or something else besides (R4951-4.1-05)', () => {
    const trace = recovered()
    const empty = trace.say(trace.lns, states('FSQ'))
    const answer = trace.say(trace.lns, states('FSR'))
    const foreign = trace.say(trace.lns, states('FSQ', [9, 7]), { bend: plus(avp(7, '41')) })
    expect(found(name, trace)).toEqual([empty.seq, answer.seq, foreign.seq])
  })

  test('not: several states, a Random Vector (R4951-4.1-04)', () => {
    const trace = recovered()
    trace.say(trace.lns, states('FSQ', [9, 7], [10, 8]), { bend: plus(avp(36, '00112233445566778899aabbccddeeff')) })
    expect(found(name, trace)).toEqual([])
  })
})

describe('queries-fit-the-mtu (R4951-AMB-57)', () => {
  const name = 'queries-fit-the-mtu'
  const many = (count: number): ControlMessage =>
    states('FSQ', ...Array.from({ length: count }, (_, i) => [i + 1, i + 1] as const))

  test('91 sessions in 1500 octets', () => {
    const trace = recovered()
    const { seq } = trace.say(trace.lns, many(91))
    expect(found(name, trace)).toEqual([seq])
  })

  test('not: 90, nor 91 with a larger MTU, nor 91 when nobody told the MTU', () => {
    const trace = recovered()
    trace.say(trace.lns, many(90))
    expect(found(name, trace)).toEqual([])
    trace.say(trace.lns, many(91))
    const untold = contextWith()
    expect(found(name, trace, contextWith({ failover: { ...defaultFailover, mtu: 1516 } }))).toEqual([])
    expect(
      found(name, trace, { ...untold, endpoints: untold.endpoints.map(({ name: endpoint, ips }) => ({ name: endpoint, ips })) }),
    ).toEqual([])
  })
})

describe('queries-on-established-tunnels-only (R4951-4-01, R4951-AMB-54)', () => {
  const name = 'queries-on-established-tunnels-only'

  test('before the tunnel is established', () => {
    const trace = new TraceBuilder()
    trace.tunnel(trace.lac, 'opening')
    const { seq } = trace.say(trace.lac, states('FSQ', [7, 9]))
    expect(found(name, trace)).toEqual([seq])
  })

  test('to a peer without AVP 76, unless it is forced', () => {
    const trace = underway()
    trace.negotiated(trace.lac, { peerControl: false, peerData: false })
    const { seq } = trace.say(trace.lac, states('FSQ', [7, 9]))
    expect(found(name, trace)).toEqual([seq])
    expect(found(name, trace, contextWith({ failover: { ...defaultFailover, force: true } }))).toEqual([])
  })

  test('not: over a recovered tunnel, one that never failed (R4951-3.3-07), or to a peer that has asked itself', () => {
    const trace = underway()
    trace.say(trace.lac, states('FSQ', [7, 9]))
    const asking = underway()
    asking.negotiated(asking.lac, { peerControl: false, peerData: false })
    asking.hear(asking.say(asking.lns, states('FSQ', [9, 7])))
    asking.say(asking.lac, states('FSQ', [7, 9]))
    expect([trace, asking, recovered()].map((each) => found(name, each))).toEqual([[], [], []])
  })
})

describe('answers-only-what-was-asked (R4951-4.2-01, R4951-3.3-23)', () => {
  const name = 'answers-only-what-was-asked'
  const asked = (...pairs: readonly (readonly [number, number])[]): TraceBuilder => {
    const trace = underway()
    trace.pass(trace.lac, states('FSQ', ...pairs))
    return trace
  }

  test('an answer nobody asked for, one answer too many, and one that names another session', () => {
    const trace = asked([7, 9])
    const unasked = trace.say(trace.lns, states('FSR', [10, 8]))
    const wrong = trace.say(trace.lns, states('FSR', [10, 7]))
    const second = trace.say(trace.lns, states('FSR', [9, 7]))
    expect(found(name, trace)).toEqual([unasked.seq, wrong.seq, second.seq])
  })

  test('not: valid and zero answers in any order and split (R4951-3.3-18, R4951-3.3-19), for repeated questions too', () => {
    const trace = asked([7, 9], [8, 10], [11, 12])
    trace.pass(trace.lac, states('FSQ', [7, 9]))
    trace.say(trace.lns, states('FSR', [0, 8], [9, 7]))
    trace.say(trace.lns, states('FSR', [12, 11]))
    trace.say(trace.lns, states('FSR', [9, 7]))
    expect(found(name, trace)).toEqual([])
  })

  test('not: what is hidden, in the question or in the answer', () => {
    const hide = (message: ControlMessage, ns: number, nr: number, header: number) => (): Uint8Array => {
      const bytes = encodeMessage(message, { secret: 's3cret', randomVector: new Uint8Array(16) })
      stampControlHeader(bytes, header, 0, ns, nr)
      return bytes
    }
    const trace = underway()
    const { ns, nr } = trace.lac
    trace.pass(trace.lac, states('FSQ', [7, 9]), { bend: hide(states('FSQ', [7, 9]), ns, nr, 17) })
    trace.say(trace.lns, states('FSR', [9, 7]))
    const other = asked([7, 9])
    other.say(other.lns, states('FSR', [9, 7]), { bend: hide(states('FSR', [9, 7]), 2, 5, 34) })
    expect([found(name, trace), found(name, other)]).toEqual([[], []])
    expect(found('every-query-answered', other.wait(2 * CONVERGENCE_BOUND))).toEqual([])
  })

  test('not: a damaged question', () => {
    const trace = underway()
    const fsq = trace.say(trace.lac, states('FSQ', [7, 9]))
    trace.hear(fsq, { flippedBit: 200 })
    trace.say(trace.lns, states('FSR', [0, 15]))
    expect(found(name, trace)).toEqual([])
  })
})

describe('every-query-answered (R4951-3.3-17)', () => {
  const name = 'every-query-answered'

  test('one of two questions is never answered', () => {
    const trace = underway()
    const fsq = trace.pass(trace.lac, states('FSQ', [7, 9], [8, 10]))
    trace.wait(LATENCY).say(trace.lns, states('FSR', [9, 7]))
    expect(found(name, trace.wait(2 * CONVERGENCE_BOUND))).toEqual([fsq.heard])
  })

  test('not: too early to tell, a question that never arrived, a tunnel that ended or was reset', () => {
    const early = underway()
    early.pass(early.lac, states('FSQ', [7, 9]))
    const lost = underway()
    lost.say(lost.lac, states('FSQ', [7, 9]))
    const ended = underway()
    ended.pass(ended.lac, states('FSQ', [7, 9]))
    ended.tunnel(ended.lns, 'closed', { why: 'silent' })
    const reset = underway()
    reset.pass(reset.lac, states('FSQ', [7, 9]))
    reset.crash().takeOver([9, 7]).recover()
    const results = [
      early,
      lost.wait(2 * CONVERGENCE_BOUND),
      ended.wait(2 * CONVERGENCE_BOUND),
      reset.wait(2 * CONVERGENCE_BOUND),
    ]
    expect(results.map((trace) => found(name, trace))).toEqual([[], [], [], []])
  })
})
