// Traces written by hand, for what presents a run: records get their numbers here, every field left out gets its neutral value,
// and the datagrams are real L2TPv2 octets (those of the published example dialogue in RFC 4951, tunnels 0x11/0x22, recovery
// tunnel 0x33/0x44, session 0xa1/0xb2). No simulation runs.

import { fromHex } from '../../sim/base/bytes.ts'
import { MILLISECOND, SECOND, type Nanos } from '../../sim/base/time.ts'
import {
  NO_CAUSE,
  recordKinds,
  type Fields,
  type FieldType,
  type RecordKind,
  type TraceRecord,
} from '../../sim/trace/record.ts'

const neutral: Readonly<Record<FieldType, unknown>> = { name: '', text: '', int: 0, flag: false, bytes: new Uint8Array(0) }

export interface Party {
  readonly endpoint: string
  readonly address: string
}

export interface Transmission {
  readonly tunnel?: number
  readonly session?: number
  readonly attempt?: number
  readonly plane?: 'control' | 'data'
  readonly padding?: number
}

/** A trace under construction; `at` is the instant of the next record. */
export class HandMadeTrace {
  readonly records: TraceRecord[] = []
  at: Nanos = 0
  private packets = 0

  /** Adds a record and returns its number. */
  add<K extends RecordKind>(kind: K, fields: Partial<Fields<K>>, cause = NO_CAUSE): number {
    const whole: Record<string, unknown> = { kind }
    for (const [field, type] of Object.entries(recordKinds[kind]) as [string, FieldType][]) whole[field] = neutral[type]
    const seq = this.records.length
    this.records.push({ ...whole, ...fields, seq, at: this.at, cause } as unknown as TraceRecord)
    return seq
  }

  /** Hands a datagram to the network; returns its packet number. */
  send(from: Party, to: Party, hex: string, how: Transmission = {}): number {
    const packet = ++this.packets
    const { tunnel = 0, session = 0, attempt = 1, plane = 'control', padding = 0 } = how
    const fields = { packet, plane, tunnel, session, attempt, padding, bytes: octets(hex) }
    this.add('sent', { endpoint: from.endpoint, from: from.address, to: to.address, ...fields })
    return packet
  }

  lose(packet: number, why = 'loss', where = 'lac1>lns1', copy = 0): void {
    this.add('dropped', { packet, copy, where, why })
  }

  arrive(packet: number, at: Party, how: { readonly copy?: number; readonly flippedBit?: number } = {}): void {
    this.add('delivered', { endpoint: at.endpoint, packet, copy: how.copy ?? 0, flippedBit: how.flippedBit ?? -1 })
  }

  /** Sends and, `delay` later, delivers. */
  pass(from: Party, to: Party, hex: string, how: Transmission & { readonly delay?: Nanos } = {}): number {
    const packet = this.send(from, to, hex, how)
    this.at += how.delay ?? 20 * MILLISECOND
    this.arrive(packet, to)
    return packet
  }

  /** Everything `fold` makes of this trace. */
  fold<R>(fold: { readonly kinds?: readonly RecordKind[]; see(record: TraceRecord): void; end(at: Nanos): R }): R {
    for (const record of this.records) if (fold.kinds?.includes(record.kind) ?? true) fold.see(record)
    return fold.end(this.at)
  }
}

function octets(hex: string): Uint8Array {
  const bytes = fromHex(hex)
  if (bytes === undefined) throw new Error(`not hexadecimal: ${hex}`)
  return bytes
}

export const lac1: Party = { endpoint: 'lac1', address: '10.0.0.1:1701' }
export const lns1: Party = { endpoint: 'lns1', address: '10.0.1.1:1701' }

const messageType = (type: number): string => `8008 0000 0000 00${type.toString(16).padStart(2, '0')}`

// AVPs in octets: Protocol Version 1.0, Host Name lns, Host Name lac, Framing Capabilities both.
const VERSION = '800800000002 0100'
const LNS = '800900000007 6c6e73'
const LAC = '800900000007 6c6163'
const FRAMING = '800a00000003 00000003'

/** The dialogue of RFC 4951 appendix A in octets. */
export const dialogue = {
  ordinarySCCRQ:
    `c802004b0000000000000000${messageType(1)}${VERSION}${LNS}${FRAMING}` +
    '800800000009 0011 80080000000a 0004 000c0000004c 000300007530',
  recoverySCCRQ:
    `c80200550000000000000000${messageType(1)}${VERSION}${LNS}${FRAMING}` +
    '800800000009 0033 000e00000005 0000000000000001 80100000004d 00000000 0011 0000 0022',
  recoverySCCRP:
    `c80200430033000000000001${messageType(2)}${VERSION}${FRAMING}${LAC}` + '800800000009 0044 000c0000004e 0000 0003 0064',
  recoverySCCCN: `c80200140044000000010001${messageType(3)}`,
  recoveryZLB: 'c802000c0033000000010002',
  recoveryStopCCN: `c80200240044000000020001${messageType(4)}80080000000900338008000000010001`,
  lastZLB: 'c802000c0033000000010003',
  helloOldTunnel: `c80200140011000000280002${messageType(6)}`,
  queryFromLns: 'c80200240022000000030064000800000000001580100000004f0000000000a1000000b2',
  responseFromLac: 'c80200240011000000640004000800000000001680100000004f0000000000b2000000a1',
  data: '0002002200b2',
} as const

/**
 * A failover told in records: lns1 (tunnel 0x11) loses its control plane at 10 s, its backup takes over at 12 s, the first
 * recovery SCCRQ is lost, the second gets through, session 0xa1/0xb2 is synchronised. `fate` varies the ending.
 */
export function failoverTrace(fate: 'recovered' | 'given-up' = 'recovered'): HandMadeTrace {
  const trace = new HandMadeTrace()
  trace.add('run', { phase: 'begin' })
  establish(trace)
  trace.at = 9_900 * MILLISECOND
  trace.pass(lac1, lns1, dialogue.helloOldTunnel, { tunnel: 0x22 })
  trace.at = 10 * SECOND
  const crash = trace.add('fault', { fault: 0, name: 'crash', target: 'lns1', phase: 'begin', detail: 'control' })
  trace.add('plane', { endpoint: 'lns1', plane: 'control', up: false, why: 'crash' }, crash)
  trace.add('replica', { endpoint: 'lns1', replica: 'backup', state: 'detecting' }, crash)
  trace.at = 11 * SECOND
  trace.add('replica', { endpoint: 'lns1', replica: 'backup', state: 'taking-over' })
  trace.at = 12 * SECOND
  trace.add('replica', { endpoint: 'lns1', replica: 'backup', state: 'active', why: 'takeover' })
  trace.add('plane', { endpoint: 'lns1', plane: 'control', up: true })
  trace.add('tunnel', {
    endpoint: 'lns1',
    tunnel: 0x11,
    peerTunnel: 0x22,
    peer: lac1.address,
    purpose: 'ordinary',
    event: 'restored',
  })
  trace.add('tunnel', {
    endpoint: 'lns1',
    tunnel: 0x33,
    peer: lac1.address,
    purpose: 'recovery',
    oldTunnel: 0x11,
    event: 'opening',
  })
  trace.add('recovery', { endpoint: 'lns1', tunnel: 0x11, recoveryTunnel: 0x33, role: 'recovery', step: 'requested' })
  trace.lose(trace.send(lns1, lac1, dialogue.recoverySCCRQ, { tunnel: 0x33 }), 'burst-loss', 'lns1>lac1')
  if (fate === 'recovered') recover(trace)
  else giveUp(trace)
  trace.at = 60 * SECOND
  trace.add('run', { phase: 'end', detail: 'until' })
  return trace
}

function establish(trace: HandMadeTrace): void {
  const ordinary = { purpose: 'ordinary', event: 'opening' } as const
  trace.at = 40 * MILLISECOND
  trace.add('tunnel', { endpoint: 'lns1', tunnel: 0x11, peer: lac1.address, ...ordinary })
  trace.pass(lns1, lac1, dialogue.ordinarySCCRQ, { tunnel: 0x11 })
  trace.add('tunnel', { endpoint: 'lac1', tunnel: 0x22, peerTunnel: 0x11, peer: lns1.address, ...ordinary })
  trace.at = 80 * MILLISECOND
  trace.add('tunnel', {
    endpoint: 'lns1',
    tunnel: 0x11,
    peerTunnel: 0x22,
    peer: lac1.address,
    ...ordinary,
    event: 'established',
  })
  trace.at = 100 * MILLISECOND
  trace.add('tunnel', {
    endpoint: 'lac1',
    tunnel: 0x22,
    peerTunnel: 0x11,
    peer: lns1.address,
    ...ordinary,
    event: 'established',
  })
}

function recover(trace: HandMadeTrace): void {
  const atLns = { endpoint: 'lns1', tunnel: 0x11, recoveryTunnel: 0x33, role: 'recovery' } as const
  const atLac = { endpoint: 'lac1', tunnel: 0x22, recoveryTunnel: 0x44, role: 'remote' } as const
  trace.at = 13 * SECOND
  trace.pass(lns1, lac1, dialogue.recoverySCCRQ, { tunnel: 0x33, attempt: 2 })
  trace.add('tunnel', {
    endpoint: 'lac1',
    tunnel: 0x44,
    peerTunnel: 0x33,
    peer: lns1.address,
    purpose: 'recovery',
    oldTunnel: 0x22,
    event: 'opening',
  })
  trace.add('recovery', { ...atLac, step: 'offered' })
  trace.pass(lac1, lns1, dialogue.recoverySCCRP, { tunnel: 0x44 })
  trace.add('controlReset', { ...atLns, ns: 3, nr: 100, epoch: 1 })
  trace.pass(lns1, lac1, dialogue.recoverySCCCN, { tunnel: 0x33 })
  trace.add('controlReset', { ...atLac, ns: 100, nr: 3, epoch: 1 })
  trace.add('recovery', { ...atLac, step: 'recovered' })
  trace.pass(lac1, lns1, dialogue.recoveryZLB, { tunnel: 0x44, attempt: 0 })
  trace.add('recovery', { ...atLns, step: 'recovered' })
  trace.pass(lns1, lac1, dialogue.recoveryStopCCN, { tunnel: 0x33 })
  trace.pass(lac1, lns1, dialogue.lastZLB, { tunnel: 0x44, attempt: 0 })
  const query = trace.pass(lns1, lac1, dialogue.queryFromLns, { tunnel: 0x11 })
  trace.arrive(query, lac1, { copy: 1 })
  trace.pass(lac1, lns1, dialogue.responseFromLac, { tunnel: 0x22 })
  trace.add('recovery', { ...atLns, step: 'synchronised' })
  trace.add('recovery', { ...atLac, step: 'synchronised' })
}

function giveUp(trace: HandMadeTrace): void {
  trace.at = 43 * SECOND
  trace.add('recovery', {
    endpoint: 'lns1',
    tunnel: 0x11,
    recoveryTunnel: 0x33,
    role: 'recovery',
    step: 'failed',
    why: 'no answer',
  })
  trace.add('tunnel', {
    endpoint: 'lns1',
    tunnel: 0x11,
    peerTunnel: 0x22,
    purpose: 'ordinary',
    event: 'closed',
    why: 'recovery-failed',
  })
}

/** Who has an address in these traces. */
export function endpointOf(address: string): string {
  const ip = address.split(':')[0]
  return [lac1, lns1].find((party) => party.address.split(':')[0] === ip)?.endpoint ?? address
}
